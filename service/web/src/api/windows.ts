/** In which windows series are shown whose images name none. */

import { room } from "./client";

export interface SeriesWindow {
  series_instance_uid: string;
  /** In Hounsfield units. */
  window: { centre: number; width: number };
}

export async function seriesWindows(hospital: string, study: string, signal?: AbortSignal): Promise<SeriesWindow[]> {
  const path = `/studies/${encodeURIComponent(hospital)}/${encodeURIComponent(study)}/windows`;
  return (await room.get<{ series: SeriesWindow[] }>(path, signal)).series;
}
