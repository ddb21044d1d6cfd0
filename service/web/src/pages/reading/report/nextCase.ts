import { NO_FILTER, worklistPage } from "../../../api/worklist";

export interface Case {
  hospital: string;
  study: string;
}

/** The first examination of the list that nobody else reads; null when nothing else waits. */
export async function nextCase(study: string, userId: string): Promise<Case | null> {
  const { items } = await worklistPage(NO_FILTER, null);
  const next = items.find((each) => each.study_instance_uid !== study && (each.reader === null || each.reader.id === userId));
  return next === undefined ? null : { hospital: next.hospital.id, study: next.study_instance_uid };
}
