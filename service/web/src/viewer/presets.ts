/** Windows by name: width and centre in Hounsfield units, as radiology departments set them. */

export interface Window {
  width: number;
  centre: number;
}

export const PRESETS = {
  lung: { width: 1500, centre: -600 },
  mediastinum: { width: 400, centre: 40 },
  bone: { width: 1800, centre: 400 },
  brain: { width: 80, centre: 40 },
  stroke: { width: 32, centre: 8 },
  abdomen: { width: 350, centre: 50 },
  liver: { width: 150, centre: 80 },
  cta: { width: 600, centre: 300 },
} as const satisfies Record<string, Window>;

export type PresetName = keyof typeof PRESETS;

/** Values that are drawn black and white at the ends of a window. */
export interface ValueRange {
  lower: number;
  upper: number;
}

/** As the LINEAR function has it (PS3.3 C.11.2.1.2.1): a window of 1500 spans 1499 steps from black to white. */
export function rangeOf({ width, centre }: Window): ValueRange {
  const half = (width - 1) / 2;
  return { lower: centre - 0.5 - half, upper: centre - 0.5 + half };
}

export function windowOf({ lower, upper }: ValueRange): Window {
  return { width: upper - lower + 1, centre: (lower + upper + 1) / 2 };
}
