/** Which side of the patient lies at which edge of the screen, however the image was flipped and turned. */

import type { Point } from "./overlay";
import { sideLetters, type Vector } from "./slices";

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

function blend(a: Vector, share: number, b: Vector, other: number): Vector {
  const mixed: Vector = [a[0] * share + b[0] * other, a[1] * share + b[1] * other, a[2] * share + b[2] * other];
  const length = Math.hypot(...mixed);
  return [mixed[0] / length, mixed[1] / length, mixed[2] / length];
}

export function opposite([x, y, z]: Vector): Vector {
  return [-x, -y, -z];
}
