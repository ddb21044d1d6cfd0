/** Measures of everybody who reads a study; one's own are kept and removed under ids of the page's own. */

import { room } from "./client";
import type { Named } from "./types";

export interface MeasureBody {
  kind: "length" | "bidirectional" | "ellipse" | "angle";
  sop_instance_uid: string;
  /** 1-based; 1 of a single-frame instance. */
  frame: number;
  /** Column and row; whole numbers are pixel centres. */
  points_px: readonly (readonly [number, number])[];
}

export interface MeasureView extends MeasureBody {
  id: string;
  study_instance_uid: string;
  series_instance_uid: string;
  by: Named;
  at: string;
}

export class MeasureCalls {
  readonly #all: string;

  constructor(hospital: string, study: string) {
    this.#all = `/studies/${encodeURIComponent(hospital)}/${encodeURIComponent(study)}/measures`;
  }

  async read(signal?: AbortSignal): Promise<MeasureView[]> {
    return (await room.get<{ measures: MeasureView[] }>(this.#all, signal)).measures;
  }

  keep(id: string, measure: MeasureBody): Promise<void> {
    return room.send("PUT", `${this.#all}/${id}`, measure);
  }

  remove(id: string): Promise<void> {
    return room.send("DELETE", `${this.#all}/${id}`);
  }
}
