/** The series of a study, of which the centre says which hold images. */

import { room } from "./client";
import type { SeriesLine } from "./reading";

export async function seriesLines(hospital: string, study: string, signal?: AbortSignal): Promise<SeriesLine[]> {
  const path = `/studies/${encodeURIComponent(hospital)}/${encodeURIComponent(study)}/series`;
  return (await room.get<{ series: SeriesLine[] }>(path, signal)).series;
}
