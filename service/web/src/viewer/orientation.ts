/** Which side of the patient lies at which edge of the screen, however the image was flipped and turned. */

import type { Point } from "./overlay";
import { type DicomJson, sideLetters, type Slice, type Vector } from "./slices";

export interface Sides {
  left: string;
  right: string;
  top: string;
  bottom: string;
}

/**
 * row, column: directions along a row and down a column in the patient (LPS, unit length).
 * rowOnScreen, columnOnScreen: where one step along each goes on the screen, y downwards.
 */
export function sidesOf(row: Vector, column: Vector, rowOnScreen: Point, columnOnScreen: Point): Sides | null {
  const [a, c] = rowOnScreen;
  const [b, d] = columnOnScreen;
  const determinant = a * d - b * c;
  if (determinant === 0) return null;
  // The inverse matrix gives the share of row and column in one step to the right and one step down.
  const right = blend(row, d / determinant, column, -c / determinant);
  const down = blend(row, -b / determinant, column, a / determinant);
  return sidesAlong(right, down);
}

/** right, down: where one goes in the patient (LPS, unit length) going right and down on the screen. */
export function sidesAlong(right: Vector, down: Vector): Sides {
  return {
    right: sideLetters(right),
    left: sideLetters(opposite(right)),
    bottom: sideLetters(down),
    top: sideLetters(opposite(down)),
  };
}

const TOWARDS: Readonly<Record<string, readonly [Vector]>> = {
  L: [[1, 0, 0]],
  R: [[-1, 0, 0]],
  P: [[0, 1, 0]],
  A: [[0, -1, 0]],
  H: [[0, 0, 1]],
  F: [[0, 0, -1]],
};

/** Where rows and columns go in the patient: by their cosines, or else, as radiographs say it, by letters. */
export function directionsOf({ rowDirection, columnDirection, metadata }: Slice): readonly [Vector, Vector] | null {
  if (rowDirection !== null && columnDirection !== null) return [rowDirection, columnDirection];
  const [row, column] = lettersOf(metadata).map(towards);
  return row == null || column == null ? null : [row, column];
}

/** Patient Orientation (PS3.3 C.7.6.1.1.1): of a row and of a column. */
function lettersOf(metadata: DicomJson): readonly string[] {
  return (metadata["00200020"]?.Value ?? []).map(String);
}

/** Null for letters that are none of a person's sides, or two of one axis. */
function towards(letters: string): Vector | null {
  const parts = [...letters].flatMap((each) => TOWARDS[each] ?? []);
  const axes = new Set(parts.map((part) => part.findIndex((share) => share !== 0)));
  const [first, ...others] = parts;
  if (first === undefined || parts.length < letters.length || axes.size < parts.length) return null;
  // The first letter is that of the largest part.
  return others.reduce((all, part, at) => blend(all, 1, part, 1 / (at + 2)), first);
}

function blend(a: Vector, share: number, b: Vector, other: number): Vector {
  const mixed: Vector = [a[0] * share + b[0] * other, a[1] * share + b[1] * other, a[2] * share + b[2] * other];
  const length = Math.hypot(...mixed);
  return [mixed[0] / length, mixed[1] / length, mixed[2] / length];
}

export function opposite([x, y, z]: Vector): Vector {
  return [-x, -y, -z];
}
