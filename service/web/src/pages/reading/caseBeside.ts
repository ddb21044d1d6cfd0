import type { WorklistRow } from "../../api/types";
import { worklistPage } from "../../api/worklist";
import { placeOf } from "../worklist/place";

export interface Case {
  hospital: string;
  study: string;
}

/** The next (1) or the previous (-1) examination of the worklist, as it was narrowed, that nobody else reads; null where there is none. */
export async function caseBeside(study: string, userId: string, by: 1 | -1): Promise<Case | null> {
  const { items } = await worklistPage(placeOf(userId).filter, null);
  const found = rowBeside(items, study, userId, by);
  return found === undefined ? null : { hospital: found.hospital.id, study: found.study_instance_uid };
}

/** One that left the list meanwhile, being signed, stood before the first row. */
export function rowBeside(
  rows: readonly Pick<WorklistRow, "hospital" | "study_instance_uid" | "reader">[],
  study: string,
  userId: string,
  by: 1 | -1,
): Pick<WorklistRow, "hospital" | "study_instance_uid"> | undefined {
  const at = rows.findIndex((each) => each.study_instance_uid === study);
  const ahead = by === 1 ? rows.slice(at + 1) : rows.slice(0, Math.max(at, 0)).reverse();
  return ahead.find(({ reader }) => reader === null || reader.id === userId);
}
