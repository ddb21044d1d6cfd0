import type { Window } from "./presets";

/** How a stack is shown at first. */
export interface Beginning {
  /** 0-based. */
  start: number;
  /** Slices to load before the others. */
  first?: readonly number[];
  /** Instead of what the images say, or where they are silent; null: as they say. */
  window?: Window | null;
}
