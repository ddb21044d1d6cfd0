/** Hospitals as the system administrator sets them up: senders, packages, receiving systems, keys, clocks. */

import { room } from "./client";
import type { Language, Worded } from "./types";

export const RELEASES = ["never", "after-signature", "at-once"] as const;
export type Release = (typeof RELEASES)[number];
export const MODES = ["concurrent", "second-reader", "triage-only"] as const;
export type Mode = (typeof MODES)[number];

export interface SenderBody {
  calling_ae: string;
  called_ae: string;
  /** In CIDR notation; none: this machine only, where the node listens on it only. */
  networks: string[];
}

export interface PackageRule {
  package: string;
  /** None: studies of every modality. */
  modalities: string[];
  mode: Mode;
}

export interface PeerView {
  id: string;
  channel: "pacs" | "his";
  host: string | null;
  port: number | null;
  ae_title: string | null;
  calling_ae: string | null;
  url: string | null;
  /** What a PACS is given beside SR and SEG. */
  companions: Companion[];
}

export const COMPANIONS = ["pdf", "key-images", "presentation-state", "summary"] as const;
export type Companion = (typeof COMPANIONS)[number];

export interface KeyView {
  id: string;
  created_at: string;
  revoked_at: string | null;
}

/** By whose act a report is final: the signature's, or the audit's; an emergency may go out provisionally before that. */
export const FINALISING = ["signature", "audit", "audit-emergencies-first"] as const;
export type Finalising = (typeof FINALISING)[number];

export const SERVICES = ["analysis", "reporting"] as const;
export const EXCLUDABLE = ["prenatal", "interventional", "intraoperative", "forensic"] as const;
export const SIGNED_BY = ["centre", "hospital"] as const;
export const AT_END = ["keep", "return"] as const;

/** What was agreed with a hospital. */
export interface Agreement {
  services: (typeof SERVICES)[number][];
  /** None named: every one. */
  modalities: string[];
  excluded: (typeof EXCLUDABLE)[number][];
  signed_by: (typeof SIGNED_BY)[number];
  /** At least. */
  keep_years: number;
  at_end: (typeof AT_END)[number];
}

export interface HospitalView {
  id: string;
  /** Named by who changes it, so that nobody writes over what they did not see. */
  edition: string;
  name: string;
  language: Language;
  release: { pacs: Release; his: Release };
  /** Null where it is learned. */
  quiet_s: number | null;
  finalising: Finalising;
  agreement: Agreement;
  targets: { exam_class: Worded; own_s: number | null; default_s: number }[];
  senders: SenderBody[];
  packages: (PackageRule & { is_here: boolean })[];
  peers: PeerView[];
  keys: KeyView[];
}

export interface HospitalsView {
  hospitals: HospitalView[];
  packages: string[];
}

export type PeerBody =
  | {
      channel: "pacs";
      host: string;
      port: number;
      ae_title: string;
      calling_ae: string | null;
      companions: Companion[];
    }
  | { channel: "his"; url: string };

export interface NewHospital {
  name: string;
  language: Language;
  sender: SenderBody;
  packages: PackageRule[];
  release: Release;
  pacs: Extract<PeerBody, { channel: "pacs" }> | null;
  webhook: Extract<PeerBody, { channel: "his" }> | null;
}

/** What is to change; what is absent stays. */
export interface HospitalChange {
  name?: string;
  language?: Language;
  release?: { pacs: Release; his: Release };
  quiet_s?: number | null;
  finalising?: Finalising;
  agreement?: Agreement;
  targets_s?: Record<string, number>;
  senders?: SenderBody[];
  packages?: PackageRule[];
}

export interface ConnectionTest {
  id: string;
  state: "due" | "running" | "done";
  requested_at: string;
  good: boolean | null;
  lines: { good: boolean; text: string }[];
}

export interface NoticeConcept {
  value: string;
  scheme: string;
  meaning: string;
  /** In the reader's language. */
  text: string;
}

export interface NoticeRule {
  id: string;
  concept: NoticeConcept;
  /** Null where the size does not matter. */
  least_long_axis_mm: number | null;
  contact: string;
  escalation_contact: string;
  deadline_s: number;
}

/** concepts: findings that a rule can be about. */
export interface NoticeRules {
  rules: NoticeRule[];
  concepts: NoticeConcept[];
}

export interface NewNoticeRule extends Omit<NoticeRule, "id" | "concept"> {
  concept: Pick<NoticeConcept, "value" | "scheme" | "meaning">;
}

const ROOT = "/admin/hospitals";
const one = (id: string): string => `${ROOT}/${encodeURIComponent(id)}`;

export const hospitalsApi = {
  everyone: (signal?: AbortSignal) => room.get<HospitalsView>(ROOT, signal),
  one: (id: string, signal?: AbortSignal) => room.get<HospitalView>(one(id), signal),
  add: (body: NewHospital) =>
    room.send<{ hospital: HospitalView; api_key: string; webhook_secret: string | null }>("POST", ROOT, body),
  change: (id: string, edition: string, change: HospitalChange) =>
    room.send<HospitalView>("PATCH", one(id), { edition, ...change }),
  remove: (id: string, name: string) => room.send<void>("POST", `${one(id)}/removal`, { name }),
  addKey: (id: string) => room.send<{ key: KeyView; api_key: string }>("POST", `${one(id)}/keys`),
  revokeKey: (id: string, key: string) => room.send<void>("DELETE", `${one(id)}/keys/${encodeURIComponent(key)}`),
  addPeer: (id: string, body: PeerBody) =>
    room.send<{ peer: PeerView; webhook_secret: string | null }>("POST", `${one(id)}/peers`, body),
  changePeer: (id: string, peer: string, body: PeerBody) =>
    room.send<PeerView>("PUT", `${one(id)}/peers/${encodeURIComponent(peer)}`, body),
  renewSecret: (id: string, peer: string) =>
    room.send<{ webhook_secret: string }>("POST", `${one(id)}/peers/${encodeURIComponent(peer)}/secret`),
  removePeer: (id: string, peer: string) => room.send<void>("DELETE", `${one(id)}/peers/${encodeURIComponent(peer)}`),
  noticeRules: (id: string, signal?: AbortSignal) => room.get<NoticeRules>(`${one(id)}/notice-rules`, signal),
  addNoticeRule: (id: string, rule: NewNoticeRule) => room.send<NoticeRule>("POST", `${one(id)}/notice-rules`, rule),
  endNoticeRule: (id: string, rule: string) =>
    room.send<void>("DELETE", `${one(id)}/notice-rules/${encodeURIComponent(rule)}`),
  beginTest: (id: string) => room.send<ConnectionTest>("POST", `${one(id)}/connection-tests`),
  test: (id: string, test: string, signal?: AbortSignal) =>
    room.get<ConnectionTest>(`${one(id)}/connection-tests/${encodeURIComponent(test)}`, signal),
};
