/** What a reader has to know of an image's making before trusting it. */

import { hasPalettes, isPaletteColour } from "./palette";
import type { DicomJson } from "./slices";

/** Lossy compression somewhere on its way (PS3.3 C.7.6.1.1.5); ratio: null where it is not said. */
export function lossOf(metadata: DicomJson): { ratio: number | null } | null {
  if (metadata["00282110"]?.Value?.[0] !== "01") return null;
  const ratios = (metadata["00282112"]?.Value ?? []).map(Number).filter((each) => Number.isFinite(each) && each > 0);
  return { ratio: ratios.length === 0 ? null : ratios.reduce((product, each) => product * each, 1) };
}

/** Tables that an image asks to be seen through and is not: its colours, its curve of greys, its scale of values. */
export type Unapplied = "palette" | "voiLut" | "modalityLut";

/** A curve of greys (VOI LUT) counts only where the image names no window beside it: then that is another of its views. */
export function unappliedOf(metadata: DicomJson): readonly Unapplied[] {
  const has = (tag: string): boolean => (metadata[tag]?.Value?.length ?? 0) > 0;
  const said: readonly (readonly [Unapplied, boolean])[] = [
    ["palette", isPaletteColour(metadata) && !hasPalettes(metadata)],
    ["voiLut", has("00283010") && !has("00281050")],
    ["modalityLut", has("00283000")],
  ];
  return said.filter(([, isSo]) => isSo).map(([name]) => name);
}

/** Rows and columns of an image. */
export function sizeOf(metadata: DicomJson): { rows: number; columns: number } {
  return { rows: Number(metadata["00280010"]?.Value?.[0] ?? 0), columns: Number(metadata["00280011"]?.Value?.[0] ?? 0) };
}

export function framesOf(metadata: DicomJson): number {
  return Math.max(1, Number(metadata["00280008"]?.Value?.[0] ?? 1));
}

/** The unit of the stored values: CT is in Hounsfield units unless the image says otherwise (PS3.3 C.8.2.1.1.5). */
export function valueUnitOf(metadata: DicomJson): string {
  const type = String(metadata["00281054"]?.Value?.[0] ?? "HU");
  return metadata["00080060"]?.Value?.[0] === "CT" && type === "HU" ? "HU" : "";
}
