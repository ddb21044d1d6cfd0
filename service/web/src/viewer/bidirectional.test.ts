import { describe, expect, it } from "vitest";

import { alongLong, around, type Axes, distance, dragged, longFirst, withLengths } from "./bidirectional";
import type { Point } from "./overlay";
import type { Spacing } from "./plane";

/** Rows and columns that differ: what forgets one of them measures wrongly. */
const SPACING: Spacing = { column: 0.5, row: 2, unit: "mm" };
const PLACES: readonly Point[] = [
  [10, 10],
  [30, 14],
  [-4.5, 90.25],
  [200, 3],
];
const PAIRS = PLACES.flatMap((a, at) => PLACES.slice(at + 1).map((b) => [a, b] as const));

function lengths([a, b, c, d]: Axes): [number, number] {
  return [distance(SPACING, a, b), distance(SPACING, c, d)];
}

/** Degrees between the axes, in millimetres of the image. */
function angle([a, b, c, d]: Axes): number {
  const way = ([x, y]: Point, [toX, toY]: Point): Point => [(toX - x) * SPACING.column, (toY - y) * SPACING.row];
  const [[ax, ay], [bx, by]] = [way(a, b), way(c, d)];
  return (Math.acos((ax * bx + ay * by) / (Math.hypot(ax, ay) * Math.hypot(bx, by))) * 180) / Math.PI;
}

describe("lengths", () => {
  it("are millimetres of the image, by hand", () => {
    expect(distance(SPACING, [0, 0], [6, 2])).toBe(5);
  });
});

describe("a long axis that was drawn", () => {
  it.each(PAIRS)("from %j to %j is crossed at right angles in its middle by two thirds of it", (a, b) => {
    const axes = alongLong(SPACING, a, b);
    const [long, short] = lengths(axes);
    expect(axes[0][0]).toBeCloseTo(a[0]);
    expect(axes[1][1]).toBeCloseTo(b[1]);
    expect(short).toBeCloseTo((2 / 3) * long);
    expect(angle(axes)).toBeCloseTo(90);
    expect((axes[2][0] + axes[3][0]) / 2).toBeCloseTo((a[0] + b[0]) / 2);
    expect((axes[2][1] + axes[3][1]) / 2).toBeCloseTo((a[1] + b[1]) / 2);
  });
});

describe("an end that is dragged", () => {
  const drawn = alongLong(SPACING, [10, 10], [30, 14]);

  it.each(PLACES.slice(2))("lies where the pointer let it go, the other end where it was: %j", (...to) => {
    const axes = dragged(SPACING, drawn, 1, to as unknown as Point);
    expect(axes[0][0]).toBeCloseTo(10);
    expect(axes[1][0]).toBeCloseTo(to[0] ?? NaN);
    expect(axes[1][1]).toBeCloseTo(to[1] ?? NaN);
    expect(lengths(axes)[1]).toBeCloseTo(lengths(drawn)[1]);
    expect(angle(axes)).toBeCloseTo(90);
  });

  it("of the short axis moves across and along, and the axes stay at right angles", () => {
    const axes = dragged(SPACING, drawn, 2, [22, 10]);
    expect(axes[2][0]).toBeCloseTo(22);
    expect(axes[2][1]).toBeCloseTo(10);
    expect(angle(axes)).toBeCloseTo(90);
    expect(lengths(axes)[0]).toBeCloseTo(lengths(drawn)[0]);
  });

  it("of the short axis does not leave the long one", () => {
    const level: Axes = [[0, 0], [40, 0], [20, -1], [20, 1]];
    expect(dragged(SPACING, level, 2, [100, -3])[2][0]).toBeCloseTo(40);
  });

  it("onto the other end leaves numbers", () => {
    const axes = dragged(SPACING, drawn, 0, [30, 14]);
    expect(axes.flat().every(Number.isFinite)).toBe(true);
  });
});

describe("typed lengths", () => {
  it.each(PAIRS)("stretch what is drawn from %j to %j around its middle", (a, b) => {
    const drawn = alongLong(SPACING, a, b);
    const axes = withLengths(SPACING, drawn, 12.5, 9);
    expect(lengths(axes)[0]).toBeCloseTo(12.5);
    expect(lengths(axes)[1]).toBeCloseTo(9);
    expect(angle(axes)).toBeCloseTo(90);
    expect((axes[0][0] + axes[1][0]) / 2).toBeCloseTo((a[0] + b[0]) / 2);
    expect((axes[0][1] + axes[1][1]) / 2).toBeCloseTo((a[1] + b[1]) / 2);
  });

  it("make a measure where there is none", () => {
    const axes = around(SPACING, [63.5, 40], 10, 6);
    expect(lengths(axes)[0]).toBeCloseTo(10);
    expect(lengths(axes)[1]).toBeCloseTo(6);
    expect([axes[0][0], axes[1][0], axes[0][1]]).toEqual([53.5, 73.5, 40]);
  });
});

describe("the order of the axes", () => {
  it("is the longer first, whichever was drawn as such", () => {
    const upright: Axes = [[0, 0], [8, 0], [4, -5], [4, 5]];
    expect(longFirst(SPACING, upright)).toEqual([[4, -5], [4, 5], [0, 0], [8, 0]]);
    expect(longFirst(SPACING, longFirst(SPACING, upright))).toEqual(longFirst(SPACING, upright));
  });
});
