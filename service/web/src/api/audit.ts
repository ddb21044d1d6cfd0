/** What is on record: who saw which patient, who did what. */

import { room } from "./client";
import type { Named } from "./types";

export interface AuditEntry {
  id: number;
  at: string;
  /** `user:…`, `key:…` (a machine), `system:…` (the centre), `operator` (commands on its machine). name: a person's. */
  actor: { id: string; name: string | null };
  hospital: Named | null;
  action: string;
  subject: string;
  /** Of a person or a hospital that was acted on. */
  subject_name: string | null;
  detail: Record<string, string>;
}

export interface AuditPage {
  items: AuditEntry[];
  next: string | null;
  hospitals: Named[];
}

/** What is asked for; an absent field asks for all. since, until: as `datetime-local` has them, until excluded. */
export interface AuditFilter {
  login?: string;
  actor?: string;
  hospital?: string;
  patient_id?: string;
  study?: string;
  action?: string;
  since?: string;
  until?: string;
}

export const AUDIT_FIELDS = ["login", "actor", "hospital", "patient_id", "study", "action", "since", "until"] as const;
const PAGE_ROWS = 100;

export function auditPage(filter: AuditFilter, after: string | null, signal?: AbortSignal): Promise<AuditPage> {
  const query = new URLSearchParams({ limit: String(PAGE_ROWS) });
  for (const field of AUDIT_FIELDS) {
    const value = filter[field];
    if (value === undefined || value === "") continue;
    query.set(field, field === "since" || field === "until" ? new Date(value).toISOString() : value);
  }
  if (after !== null) query.set("after", after);
  return room.get<AuditPage>(`/audit?${query}`, signal);
}
