/** An ellipse upright in the image, by two opposite corners of its box, and the values of the pixels inside it. */

import type { Point } from "./overlay";

export interface Pixels {
  columns: number;
  rows: number;
  /** Row by row. */
  values: ArrayLike<number>;
  /** A value in its unit is `slope * stored + intercept` (PS3.3 C.7.6.3.1, C.11.1.1.2). */
  slope: number;
  intercept: number;
}

export interface ValueFigures {
  count: number;
  mean: number;
  /** Of the sample; zero for one pixel. */
  deviation: number;
  least: number;
  most: number;
}

/** Left, right, top and bottom end, where the handles are. */
export function endsOf([a, b]: readonly [Point, Point]): readonly [Point, Point, Point, Point] {
  const [x, y] = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const [left, right] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])];
  const [top, bottom] = [Math.min(a[1], b[1]), Math.max(a[1], b[1])];
  return [[left, y], [right, y], [x, top], [x, bottom]];
}

/** The corners after one of the ends was dragged. */
export function withEnd(corners: readonly [Point, Point], end: 0 | 1 | 2 | 3, [x, y]: Point): [Point, Point] {
  const [left, right, top, bottom] = endsOf(corners);
  return [
    [end === 0 ? x : left[0], end === 2 ? y : top[1]],
    [end === 1 ? x : right[0], end === 3 ? y : bottom[1]],
  ];
}

/** Of the pixels whose centres lie inside; null where there is none. */
export function valuesIn([a, b]: readonly [Point, Point], pixels: Pixels): ValueFigures | null {
  const centre: Point = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const half: Point = [Math.abs(a[0] - b[0]) / 2, Math.abs(a[1] - b[1]) / 2];
  let [count, mean, squares, least, most] = [0, 0, 0, Infinity, -Infinity];
  const [firstRow, lastRow] = within(centre[1], half[1], pixels.rows);
  const [firstColumn, lastColumn] = within(centre[0], half[0], pixels.columns);
  for (let row = firstRow; row <= lastRow; row += 1) {
    for (let column = firstColumn; column <= lastColumn; column += 1) {
      if (((column - centre[0]) / half[0]) ** 2 + ((row - centre[1]) / half[1]) ** 2 > 1) continue;
      const value = pixels.slope * (pixels.values[row * pixels.columns + column] ?? 0) + pixels.intercept;
      count += 1;
      const off = value - mean;
      mean += off / count;
      squares += off * (value - mean);
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  if (count === 0) return null;
  return { count, mean, deviation: count === 1 ? 0 : Math.sqrt(squares / (count - 1)), least, most };
}

function within(centre: number, half: number, count: number): [number, number] {
  return [Math.max(0, Math.ceil(centre - half)), Math.min(count - 1, Math.floor(centre + half))];
}
