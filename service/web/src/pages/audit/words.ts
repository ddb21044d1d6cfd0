/** Acts and their details in words; what this page does not know yet is shown as it stands on record. */

import { useTranslation } from "react-i18next";

import type { AuditEntry } from "../../api/audit";
import { RETURN_REASONS } from "../../api/report";
import type { Named } from "../../api/types";
import { isRole } from "../../app/words";

/** By what they are about. A word of the record is a key of the catalogue with `-` for `.` and `:`. */
export const ACTIONS = {
  read: [
    "read:worklist",
    "read:reading",
    "read:own-studies",
    "read:dicomweb",
    "read:his",
    "read:notices",
    "read:open-link",
    "read:explore",
    "read:explore-picture",
  ],
  session: [
    "session.begin",
    "session.refused",
    "session.lock",
    "session.unlock",
    "session.end",
    "session.end-others",
    "open-link.issue",
    "open-link.use",
    "open-link.refused",
  ],
  report: [
    "report.begin",
    "report.submit",
    "report.sign",
    "report.audit",
    "report.return",
    "report.recall",
    "report.withdraw",
    "report.discard",
  ],
  study: [
    "study.complete",
    "study.urgency",
    "study.return",
    "study.return-undone",
    "analysis.retry",
    "result.retry",
    "notice.acknowledge",
    "dicomweb.store",
    "delivery.resume",
    "delivery.park",
    "quarantine.accept",
    "quarantine.discard",
  ],
  order: ["order.create", "order.cancel", "order.join"],
  user: [
    "user.add",
    "user.change",
    "user.password",
    "user.reset",
    "user.totp",
    "user.totp-reset",
    "signing-key.make",
    "user.disable",
    "user.enable",
    "user.sessions-end",
  ],
  hospital: [
    "hospital.add",
    "hospital.change",
    "hospital.remove",
    "hospital.return-data",
    "hospital.test",
    "hospital.dry-run",
    "key.add",
    "key.revoke",
    "peer.add",
    "peer.change",
    "peer.secret",
    "peer.remove",
    "notice-rule.add",
    "notice-rule.remove",
  ],
  record: ["audit.search", "explore.export"],
} as const;

export type ActionGroup = keyof typeof ACTIONS;
export type KnownAction = (typeof ACTIONS)[ActionGroup][number];
type Dashed<Text extends string> = Text extends `${infer Head}.${infer Tail}`
  ? Dashed<`${Head}-${Tail}`>
  : Text extends `${infer Head}:${infer Tail}`
    ? `${Head}-${Tail}`
    : Text;

const KNOWN = new Set<string>(Object.values(ACTIONS).flat());
const DETAILS = [
  "actor",
  "study",
  "action",
  "by",
  "address",
  "roles",
  "hospitals",
  "report",
  "version",
  "sha256",
  "why",
  "urgency",
  "reason",
  "channel",
  "where",
  "link",
  "studies",
  "form",
  "package",
  "kind",
  "since",
  "until",
] as const;

/** Why a link opened nothing, as the centre records it. */
const LINK_REASONS = ["changed", "expired", "used", "another-hospital", "another-person", "no-study"] as const;

export interface RecordWords {
  action: (action: string) => string;
  actor: (entry: AuditEntry) => string;
  subject: (entry: AuditEntry) => string;
  /** Label and value of each detail. */
  details: (entry: AuditEntry) => [string, string][];
}

export function useRecordWords(hospitals: readonly Named[]): RecordWords {
  const { t } = useTranslation();
  const action = (text: string): string => {
    if (!KNOWN.has(text)) return text;
    return t(`record.actions.${text.replace(/[.:]/g, "-") as Dashed<KnownAction>}`);
  };
  const actor = ({ actor: { id, name } }: AuditEntry): string => {
    if (name !== null) return name;
    const [kind, rest] = [id.split(":")[0] ?? "", id.split(":").slice(1).join(":")];
    if (kind === "key") return t("record.byKey", { key: rest });
    if (kind === "system") return t("record.byCentre");
    return kind === "operator" ? t("record.byOperator") : id;
  };
  const subject = (entry: AuditEntry): string => {
    if (entry.subject_name !== null) return entry.subject_name;
    if (entry.action.startsWith("session.")) {
      return entry.subject === "unknown" ? t("record.unknownLogin") : t("record.session");
    }
    if (entry.action.startsWith("open-link.") && entry.subject === "unknown") return t("record.unknownLink");
    if (entry.subject === "search") return t("record.list");
    if (entry.subject === "disagreements") return t("explore.views.disagreements");
    return entry.subject === "audit" ? t("record.theRecord") : entry.subject;
  };
  const details = (entry: AuditEntry): [string, string][] =>
    Object.entries(entry.detail).map(([name, value]) => {
      const known = DETAILS.find((each) => each === name);
      return [known === undefined ? name : t(`record.details.${known}`), said(name, value)];
    });
  const reason = (code: string): string => {
    const known = LINK_REASONS.find((each) => each === code);
    if (known !== undefined) return t(`record.linkReasons.${known}`);
    const returned = RETURN_REASONS.find((each) => each === code);
    return returned === undefined ? code : t(`giveBack.reasons.${returned}`);
  };
  const said = (name: string, value: string): string => {
    if (name === "action") return action(value);
    if (name === "by") return t("record.byPatient");
    if (name === "reason") return reason(value);
    if (name === "hospitals" && value === "every") return t("users.everyHospital");
    const each = value.split(",");
    if (name === "roles") return each.map((role) => (isRole(role) ? t(`roles.${role}`) : role)).join(t("places.comma"));
    if (name !== "hospitals") return value;
    return each.map((id) => hospitals.find((hospital) => hospital.id === id)?.name ?? id).join(t("places.comma"));
  };
  return { action, actor, subject, details };
}

/** Whether it is the number of a link, which nobody knows it by. */
export function isLink({ action, subject }: Pick<AuditEntry, "action" | "subject">): boolean {
  return action.startsWith("open-link.") && subject !== "unknown" && !isUid(subject);
}

/** Whether it names one study, which then can be asked for. */
export function isUid(subject: string): boolean {
  return /^\d+(\.\d+)+$/.test(subject);
}
