/** Where the pixels of an image lie: in millimetres in the patient where the image says so, else in millimetres of its own. */

import type { Point } from "./overlay";
import { dot, functional, type Slice, type Vector } from "./slices";

/** Millimetres from a pixel to the next; `px` where the image does not say how large a pixel is. */
export interface Spacing {
  column: number;
  row: number;
  unit: "mm" | "px";
}

/** Pixel centres are whole numbers: the first pixel's centre is [0, 0] (PS3.3 C.7.6.2.1.1). */
export interface Plane {
  originMm: Vector;
  /** From a pixel to the next in its row, and to the next in its column. */
  columnStepMm: Vector;
  rowStepMm: Vector;
}

const UNKNOWN: Spacing = { column: 1, row: 1, unit: "px" };

/** Pixel Spacing; of radiographs the Imager Pixel Spacing, which is that at the detector (PS3.3 10.7.1.3). */
export function spacingOf(slice: Slice): Spacing {
  const said =
    functional(slice, "00289110")?.["00280030"] ?? slice.metadata["00280030"] ?? slice.metadata["00181164"];
  const [row, column] = (said?.Value ?? []).map(Number);
  if (row === undefined || column === undefined || !(row > 0) || !(column > 0)) return UNKNOWN;
  return { row, column, unit: "mm" };
}

/** Null where the image has no place in the patient. */
export function planeOf(slice: Slice): Plane | null {
  const { positionMm, rowDirection, columnDirection } = slice;
  const spacing = spacingOf(slice);
  if (positionMm === null || rowDirection === null || columnDirection === null || spacing.unit !== "mm") return null;
  return {
    originMm: positionMm,
    columnStepMm: times(rowDirection, spacing.column),
    rowStepMm: times(columnDirection, spacing.row),
  };
}

export function mmOf({ originMm, columnStepMm, rowStepMm }: Plane, [column, row]: Point): Vector {
  const part = (axis: 0 | 1 | 2): number => originMm[axis] + column * columnStepMm[axis] + row * rowStepMm[axis];
  return [part(0), part(1), part(2)];
}

/** The pixel below a place in the patient; the place may lie off the plane. */
export function pixelOf({ originMm, columnStepMm, rowStepMm }: Plane, [x, y, z]: Vector): Point {
  const from: Vector = [x - originMm[0], y - originMm[1], z - originMm[2]];
  return [
    dot(from, columnStepMm) / dot(columnStepMm, columnStepMm),
    dot(from, rowStepMm) / dot(rowStepMm, rowStepMm),
  ];
}

function times([x, y, z]: Vector, by: number): Vector {
  return [x * by, y * by, z * by];
}
