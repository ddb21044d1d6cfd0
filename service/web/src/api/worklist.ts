import { room } from "./client";
import type { UrgencyWord, WorklistPage, WorklistRow } from "./types";

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

/** What a view asks the centre for, over what the fields say. */
const VIEW_QUERY: Readonly<Record<string, Record<string, string | readonly string[]>>> = {
  mine: { mine: "true" },
  failed: { status: "failed" },
  signed: { status: ["signed", "provisional"] },
  closed: { closed: "true" },
};

export function worklistPage(filter: WorklistFilter, after: string | null, signal?: AbortSignal): Promise<WorklistPage> {
  const query = new URLSearchParams({ limit: String(PAGE_ROWS) });
  const { hospital, exam_class } = filter;
  const asked = { after: after ?? "", q: filter.q.trim(), status: filter.status, exam_class, hospital, ...VIEW_QUERY[filter.view] };
  for (const [name, value] of Object.entries(asked)) {
    for (const each of [value].flat()) if (each !== "") query.append(name, each);
  }
  return room.get<WorklistPage>(`/worklist?${query}`, signal);
}

export function worklistRow(hospital: string, studyInstanceUid: string, signal?: AbortSignal): Promise<WorklistRow> {
  return room.get<WorklistRow>(pathOf(hospital, studyInstanceUid), signal);
}

/** Says how urgent the examination is, in the name of who sits here. */
export function confirmUrgency(hospital: string, studyInstanceUid: string, urgency: UrgencyWord): Promise<WorklistRow> {
  return room.send<WorklistRow>("PUT", `${pathOf(hospital, studyInstanceUid)}/urgency`, { urgency });
}

function pathOf(hospital: string, studyInstanceUid: string): string {
  return `/worklist/${encodeURIComponent(hospital)}/${encodeURIComponent(studyInstanceUid)}`;
}
