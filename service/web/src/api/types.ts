/** What `/room/v1` answers. One type a body; times are RFC 3339, spans are seconds. */

export type Language = "zh-CN" | "en";

export interface SessionUser {
  id: string;
  login: string;
  name: string;
  roles: string[];
  language: Language;
}

export interface NamedHospital {
  id: string;
  name: string;
}

export type Needs = "totp-enrolment" | "new-password";

export interface SessionView {
  user: SessionUser;
  hospitals: (NamedHospital & { language: Language })[];
  csrf: string;
  needs: Needs | null;
  locked: boolean;
  idle_lock_s: number;
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
  "findings",
  "no_finding",
  "refused",
  "failed",
  "not_asked",
  "reading",
  "draft",
  "preliminary",
  "signed",
  "released",
  "delivered",
  "delivery_failed",
  "withdrawn",
  "returned",
] as const;
export type StatusWord = (typeof STATUS_WORDS)[number];

export const URGENCY_WORDS = ["critical", "high", "normal", "low"] as const;
export type UrgencyWord = (typeof URGENCY_WORDS)[number];

export const EXAM_CLASSES = ["emergency", "inpatient", "outpatient", "screening"] as const;

/** Lists that the centre narrows itself; `open` is what still has to be read. */
export const VIEWS = ["open", "mine", "urgent", "failed", "signed", "all"] as const;
export type ViewWord = (typeof VIEWS)[number];

export interface WorklistPatient {
  name: string;
  ideographic: string | null;
  phonetic: string | null;
  id: string;
  birth_date: string | null;
  sex: string | null;
  age: string | null;
}

export interface AiSummary {
  package: string;
  version: string;
  outcome: string;
  text: string;
  score: number | null;
}

export interface ExaminationClock {
  since: string;
  target_s: number | null;
  elapsed_s: number;
  /** Elapsed over target; null where the hospital set no target. */
  share: number | null;
}

export interface WorklistRow {
  hospital: NamedHospital;
  study_instance_uid: string;
  accession_number: string | null;
  patient: WorklistPatient;
  exam_class: { code: string; text: string };
  modality: string;
  body_part: string | null;
  description: string | null;
  study_at: string | null;
  images: { received: number; expected: number | null };
  status: { word: StatusWord; text: string; reason: string | null; progress: number | null };
  urgency: { word: UrgencyWord; text: string; confirmed_by: string | null };
  ai: AiSummary[];
  reader: { id: string; name: string } | null;
  draft: boolean;
  prior_count: number;
  clock: ExaminationClock;
  order_reason: string;
  flags: string[];
  seq: number;
}

export interface WorklistPage {
  items: WorklistRow[];
  next: string | null;
  more: boolean;
  total: number;
  seq: number;
}

export interface LiveExamination {
  hospital: string;
  study_instance_uid: string;
  seq: number;
}
