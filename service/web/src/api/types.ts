/** What `/room/v1` answers. One type a body; times are RFC 3339, spans are seconds. */

export type Language = "zh-CN" | "en";

export const ROLES = [
  "radiologist",
  "senior-radiologist",
  "scientist",
  "hospital",
  "system-admin",
  "security-admin",
  "audit-admin",
] as const;
export type RoleWord = (typeof ROLES)[number];

export type Right =
  | "read-studies"
  | "review"
  | "sign"
  | "audit-reports"
  | "follow-own"
  | "explore"
  | "manage-centre"
  | "manage-users"
  | "search-audit";

export interface SessionUser {
  id: string;
  login: string;
  name: string;
  roles: string[];
  rights: Right[];
  language: Language;
}

export interface Named {
  id: string;
  name: string;
}

export type Needs = "totp-enrolment" | "new-password";

export interface SessionView {
  user: SessionUser;
  hospitals: (Named & { language: Language })[];
  csrf: string;
  needs: Needs | null;
  locked: boolean;
  idle_lock_s: number;
  /** Since somebody touched anything in any tab of this session, the full viewer's too. */
  idle_s: number;
  has_second_factor: boolean;
  /** Whether the signing key is open in this session: a PIN signs. */
  has_pin: boolean;
  elsewhere: { address: string | null; since: string; active_at: string }[];
  is_demo: boolean;
  version: string;
}

export interface TotpSecret {
  secret: string;
  otpauth_uri: string;
}

export const STATUS_WORDS = [
  "receiving",
  "waiting",
  "queued",
  "analysing",
  "analysed",
  "findings",
  "no_finding",
  "refused",
  "failed",
  "not_asked",
  "reading",
  "draft",
  "preliminary",
  "signed",
  "provisional",
  "released",
  "delivered",
  "delivery_failed",
  "late_images",
  "withdrawn",
  "returned",
] as const;
export type StatusWord = (typeof STATUS_WORDS)[number];

/** How a reader and a package work together. */
export type ReadingMode = "concurrent" | "second-reader" | "triage-only";

export const URGENCY_WORDS = ["critical", "high", "normal"] as const;
export type UrgencyWord = (typeof URGENCY_WORDS)[number];

export const EXAM_CLASSES = ["emergency", "inpatient", "outpatient", "screening"] as const;

/** Lists at one click; `open` is what still has to be read, `closed` what nobody has to read any more. */
export const VIEWS = ["open", "mine", "failed", "signed", "closed"] as const;
export type ViewWord = (typeof VIEWS)[number];

/** A stable word and what it says in the reader's language. */
export interface Worded {
  word: string;
  text: string;
}

/** name: as shown first in the reader's language; the others as the images say, groups with `^`. */
export interface WorklistPatient {
  id: string;
  name: string;
  alphabetic: string;
  ideographic: string;
  phonetic: string;
  birth_date: string | null;
  sex: string;
  age: string;
}

export interface AiSummary {
  package: string;
  title: string;
  version: string;
  outcome: string;
  text: string;
  score: number | null;
}

export interface ExaminationClock {
  /** What is waited for: the report, or the audit of one that is out before it. */
  of: "report" | "audit";
  since: string;
  target_s: number;
  elapsed_s: number;
  /** Elapsed over target. */
  share: number;
}

export interface WorklistRow {
  hospital: Named;
  study_instance_uid: string;
  accession_number: string;
  patient: WorklistPatient;
  /** Null without an order. */
  exam_class: Worded | null;
  modality: string;
  body_part: string;
  description: string;
  study_date: string | null;
  images: { received: number; expected: number | null };
  status: { word: StatusWord; text: string; reason: string; progress: number | null };
  urgency: { word: UrgencyWord; text: string; confirmed_by: Named | null };
  ai: AiSummary[];
  reader: { id: string; name: string } | null;
  /** The state of the report, null while there is none. */
  report: string | null;
  prior_count: number;
  /** Null until the images are complete, and when nobody waits any more. */
  clock: ExaminationClock | null;
  order_reason: string;
  flags: Worded[];
}

export interface WorklistPage {
  items: WorklistRow[];
  /** The cursor of the page behind this one. */
  next: string | null;
  /** Counted up to a limit. */
  total: number;
  more_than_total: boolean;
}

export interface LiveExamination {
  hospital: string;
  study_instance_uid: string;
  /** The event's place among all events. */
  seq: number;
}
