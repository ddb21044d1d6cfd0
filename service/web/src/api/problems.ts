import type { TFunction } from "i18next";

import { type FieldFault, RoomProblem, Unreachable } from "./client";

/** What a person reads when a call failed: what was seen and what to do. The centre's own detail comes in their language. */
export function inWords(fault: unknown, t: TFunction): string {
  if (fault instanceof Unreachable) return t("problem.unreachable");
  if (!(fault instanceof RoomProblem)) return t("problem.unforeseen");
  if (fault.status >= 500) return t("problem.broken", { trace: fault.traceId ?? "–" });
  // The detail of a request that was refused by its fields names nothing; where it does, the fault repeats it.
  const faults = fault.faults.filter((each) => each.message !== fault.detail);
  if (faults.length > 0) return faults.map((each) => fieldInWords(each, t)).join(t("fields.joint"));
  return fault.detail === "" ? t("problem.unforeseen") : fault.detail;
}

const FIELDS = [
  "name",
  "login",
  "roles",
  "hospitals",
  "number",
  "scope",
  "title",
  "until",
  "calling_ae",
  "called_ae",
  "networks",
  "host",
  "port",
  "ae_title",
  "url",
  "package",
  "modalities",
  "quiet_s",
  "targets_s",
  "contact",
  "escalation_contact",
  "deadline_s",
  "least_long_axis_mm",
  "patient_id",
  "accession",
  "study",
] as const;

/** What the page calls the field, and what is wrong with it; a field that no page shows is named as it is sent. */
function fieldInWords({ field, message }: FieldFault, t: TFunction): string {
  const steps = field.split(".").filter((step) => !/^\d+$/.test(step));
  const known = FIELDS.find((each) => each === steps.at(-1));
  return t("fields.fault", { field: known === undefined ? field : t(`fields.${known}`), message });
}

/** Minutes to wait, at least one, as a person counts them. */
export function minutes(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / 60));
}
