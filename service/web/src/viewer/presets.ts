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
