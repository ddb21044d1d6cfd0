import type { TFunction } from "i18next";

import { RoomProblem, Unreachable } from "./client";

/** What a person reads when a call failed: what was seen and what to do. The centre's own detail comes in their language. */
export function inWords(fault: unknown, t: TFunction): string {
  if (fault instanceof Unreachable) return t("problem.unreachable");
  if (!(fault instanceof RoomProblem)) return t("problem.unforeseen");
  if (fault.status >= 500) return t("problem.broken", { trace: fault.traceId ?? "–" });
  return fault.detail === "" ? t("problem.unforeseen") : fault.detail;
}

/** Minutes to wait, at least one, as a person counts them. */
export function minutes(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / 60));
}
