/** Where somebody was in the worklist: whoever comes back from a study finds the same filter and the same row. */

import { NO_FILTER, type WorklistFilter } from "../../api/worklist";
import type { WorklistSearch } from "../../app/router";

export interface Place {
  filter: WorklistFilter;
  /** The row under the cursor, and where it stood: when it is gone, what follows it stands there. */
  row: { key: string; at: number } | null;
}

/** By user, while the page is loaded: what was searched for may be a patient's name, so it is written nowhere. */
const places = new Map<string, Place>();

export function placeOf(user: string): Place {
  return places.get(user) ?? { filter: NO_FILTER, row: null };
}

export function keepPlace(user: string, changed: Partial<Place>): void {
  places.set(user, { ...placeOf(user), ...changed });
}

/** The filter as the address says it. */
export function searchOf({ exam_class, ...same }: WorklistFilter): WorklistSearch {
  const given = Object.entries({ ...same, class: exam_class }).filter(([, value]) => value !== "");
  return Object.fromEntries(given);
}
