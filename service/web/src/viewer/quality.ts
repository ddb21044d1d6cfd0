/** What a reader has to know of an image's making before trusting it. */

import type { DicomJson } from "./slices";

/** Lossy compression somewhere on its way (PS3.3 C.7.6.1.1.5); ratio: null where it is not said. */
export function lossOf(metadata: DicomJson): { ratio: number | null } | null {
  if (metadata["00282110"]?.Value?.[0] !== "01") return null;
  const ratios = (metadata["00282112"]?.Value ?? []).map(Number).filter((each) => Number.isFinite(each) && each > 0);
  return { ratio: ratios.length === 0 ? null : ratios.reduce((product, each) => product * each, 1) };
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
