import type { Window } from "./presets";

/** What keys and buttons steer: a stack, or the active one of three planes. */
export interface Steered {
  /** 0-based. */
  readonly index: number;
  readonly count: number;
  jumpTo: (index: number) => void;
  setWindow: (window: Window) => void;
  invert: () => void;
  reset: () => void;
  /** Asks once more for images that could not be read. */
  retry: () => void;
  /** Absent where directions are those of the patient. */
  flip?: () => void;
  rotate?: () => void;
}
