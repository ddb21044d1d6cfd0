/** How a study is hung when it is opened, and how the reader wants examinations of its kind to be hung. */

import { room } from "./client";

export interface HungWindow {
  centre: number;
  width: number;
}

export interface HungPlace {
  study_instance_uid: string;
  series_instance_uid: string;
  /** Null leaves it to the images. */
  window: HungWindow | null;
}

export interface HungBody {
  layout: "1x1" | "1x2" | "2x2";
  is_linked: boolean;
  places: (HungPlace | null)[];
}

export interface HangingView extends HungBody {
  kind: { modality: string; region: string };
  /** By a protocol of the reader's, which can be given up for the built-in one. */
  is_own: boolean;
}

export class HangingCalls {
  readonly #path: string;

  constructor(hospital: string, study: string) {
    this.#path = `/studies/${encodeURIComponent(hospital)}/${encodeURIComponent(study)}/hanging`;
  }

  read(signal?: AbortSignal): Promise<HangingView> {
    return room.get(this.#path, signal);
  }

  /** Hangs examinations of this kind so from now on. */
  keep(hung: HungBody): Promise<HangingView> {
    return room.send("PUT", this.#path, hung);
  }

  /** Returns to the built-in protocol. */
  forget(): Promise<HangingView> {
    return room.send("DELETE", this.#path);
  }
}
