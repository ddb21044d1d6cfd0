/** A hospital's own studies: what came, what is waited for, what came of it, the report. */

import { room } from "./client";
import type { Language, Named, Worded, WorklistPatient } from "./types";

export interface OwnStudy {
  hospital: Named;
  study_instance_uid: string;
  accession_number: string;
  patient: WorklistPatient;
  modalities: string[];
  description: string;
  study_date: string | null;
  received_at: string;
  state: Worded;
  images: { received: number; expected: number | null };
  /** In the order in which it must happen. */
  waits_for: string[];
  result: Worded;
  has_report: boolean;
  returned: { reason: Worded; note: string; at: string } | null;
}

export interface OwnAnalysis {
  package: string;
  title: string;
  version: string;
  state: Worded;
  /** Null while the hospital may not be told; the same for finding_count. */
  outcome: string | null;
  finding_count: number | null;
  reason: string | null;
  detail: string | null;
}

export interface OwnReport {
  version: number;
  is_amended: boolean;
  findings: string;
  impression: string;
  advice: string;
  language: Language;
  signed_by: string;
  signed_at: string | null;
  audited_by: string | null;
  /** Until when a report that is out before its audit is to be audited; null for a final one. */
  audit_due_at: string | null;
  released_at: string | null;
}

export interface OwnStudyWhole extends OwnStudy {
  analyses: OwnAnalysis[];
  report: OwnReport | null;
}

export interface OwnPage {
  items: OwnStudy[];
  next: string | null;
}

export const OWN_FIELDS = ["hospital", "accession", "patient_id"] as const;
export type OwnFilter = { [Field in (typeof OWN_FIELDS)[number]]?: string };

export function ownPage(filter: OwnFilter, after: string | null, signal?: AbortSignal): Promise<OwnPage> {
  const query = new URLSearchParams(after === null ? {} : { after });
  for (const field of OWN_FIELDS) {
    const value = filter[field];
    if (value !== undefined && value !== "") query.set(field, value);
  }
  return room.get<OwnPage>(`/own/studies?${query}`, signal);
}

export function ownStudy(hospital: string, study: string, signal?: AbortSignal): Promise<OwnStudyWhole> {
  return room.get<OwnStudyWhole>(`/own/studies/${encodeURIComponent(hospital)}/${encodeURIComponent(study)}`, signal);
}
