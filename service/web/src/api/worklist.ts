import { room } from "./client";
import type { WorklistPage, WorklistRow } from "./types";

export const PAGE_ROWS = 100;

/** What the list is narrowed to; the empty text is "all". */
export interface WorklistFilter {
  view: string;
  q: string;
  status: string;
  exam_class: string;
  hospital: string;
}

export const NO_FILTER: WorklistFilter = { view: "", q: "", status: "", exam_class: "", hospital: "" };

export function worklistPage(filter: WorklistFilter, after: string | null, signal?: AbortSignal): Promise<WorklistPage> {
  const query = new URLSearchParams({ limit: String(PAGE_ROWS) });
  const asked = { after: after ?? "", view: filter.view, q: filter.q.trim(), status: filter.status };
  for (const [name, value] of Object.entries({ ...asked, class: filter.exam_class, hospital: filter.hospital })) {
    if (value !== "") query.set(name, value);
  }
  return room.get<WorklistPage>(`/worklist?${query}`, signal);
}

export function worklistRow(hospital: string, studyInstanceUid: string, signal?: AbortSignal): Promise<WorklistRow> {
  return room.get<WorklistRow>(`/worklist/${encodeURIComponent(hospital)}/${encodeURIComponent(studyInstanceUid)}`, signal);
}
