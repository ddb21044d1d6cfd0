import { describe, expect, it } from "vitest";

import { Affine } from "./affine";
import { endsOf, type Pixels, valuesIn, withEnd } from "./ellipse";
import { figuresOf, handlesOf, isWhole, type Measure, type MeasureKind, pointsFrom, shifted, withHandle } from "./measure";
import type { Point } from "./overlay";
import { mmOf, pixelOf, planeOf, type Spacing, spacingOf } from "./plane";
import { type DicomJson, type Slice, sliceStack } from "./slices";

const SPACING: Spacing = { column: 0.5, row: 2, unit: "mm" };

function measure(kind: MeasureKind, ...points: Point[]): Measure {
  return { id: "m", kind, sopInstanceUid: "1", frame: 1, points };
}

function image(more: Record<string, unknown[]>): Slice {
  const tags = { "00280010": [64], "00280011": [64], "00080018": ["1.2"], ...more };
  const metadata = Object.fromEntries(Object.entries(tags).map(([tag, Value]) => [tag, { vr: "UN", Value }]));
  return sliceStack([metadata as DicomJson]).slices[0] as Slice;
}

describe("figures", () => {
  it("of a length and of two axes are millimetres, by hand", () => {
    expect(figuresOf(measure("length", [0, 0], [6, 2]), SPACING, null)).toEqual({ kind: "length", unit: "mm", length: 5 });
    const axes = measure("bidirectional", [0, 0], [4, 0], [2, -2], [2, 2]);
    expect(figuresOf(axes, SPACING, null)).toEqual({ kind: "bidirectional", unit: "mm", long: 8, short: 2 });
  });

  it("of an angle are degrees in the body, not on the pixels", () => {
    // Arms of 1 mm along a row and 1 mm along a column: 2 columns and half a row.
    expect(figuresOf(measure("angle", [2, 0], [0, 0], [0, 0.5]), SPACING, null)).toEqual({ kind: "angle", degrees: 90 });
    const [straight, closed] = [measure("angle", [-2, 0], [0, 0], [5, 0]), measure("angle", [2, 0], [0, 0], [5, 0])];
    expect(figuresOf(straight, SPACING, null)).toEqual({ kind: "angle", degrees: 180 });
    expect(figuresOf(closed, SPACING, null)).toEqual({ kind: "angle", degrees: 0 });
  });

  it("are none before every point is set", () => {
    expect(figuresOf(measure("length", [0, 0]), SPACING, null)).toBeNull();
    expect(figuresOf(measure("angle", [0, 0], [1, 1]), SPACING, null)).toBeNull();
    expect(isWhole(measure("angle", [0, 0], [1, 1]))).toBe(false);
  });

  it("of an ellipse have its area, and its values once the pixels are there", () => {
    const figures = figuresOf(measure("ellipse", [0, 0], [8, 2]), SPACING, null);
    expect(figures).toEqual({ kind: "ellipse", unit: "mm", area: Math.PI * 2 * 2, values: null });
  });
});

describe("the values in an ellipse", () => {
  const columns = 8;
  const values = Int16Array.from({ length: 64 }, (_, at) => at % columns);
  const pixels: Pixels = { columns, rows: 8, values, slope: 2, intercept: -10 };

  it("are those of pixels whose centres lie inside, in the series' unit, by hand", () => {
    // Centre (3, 3), half axes 1: the centre and its four neighbours, stored 3, 2, 4, 3, 3.
    expect(valuesIn([[2, 2], [4, 4]], pixels)).toEqual({
      count: 5,
      mean: 2 * 3 - 10,
      deviation: 2 * Math.sqrt(2 / 4),
      least: 2 * 2 - 10,
      most: 2 * 4 - 10,
    });
  });

  it("end at the image's border, and are none between pixels", () => {
    expect(valuesIn([[-6, -6], [2, 2]], pixels)?.count).toBeGreaterThan(0);
    expect(valuesIn([[100, 100], [120, 120]], pixels)).toBeNull();
    expect(valuesIn([[2.2, 2.2], [2.8, 2.8]], pixels)).toBeNull();
  });

  it("of one pixel do not deviate", () => {
    expect(valuesIn([[2.5, 2.5], [3.5, 3.5]], pixels)).toMatchObject({ count: 1, deviation: 0 });
  });
});

describe("handles", () => {
  it("of an ellipse move one side each", () => {
    expect(endsOf([[0, 0], [10, 4]])).toEqual([[0, 2], [10, 2], [5, 0], [5, 4]]);
    expect(withEnd([[0, 0], [10, 4]], 1, [14, 99])).toEqual([[0, 0], [14, 4]]);
    expect(withEnd([[0, 0], [10, 4]], 2, [99, -3])).toEqual([[0, -3], [10, 4]]);
    expect(handlesOf(withHandle(measure("ellipse", [0, 0], [10, 4]), 3, [0, 8], SPACING))[3]).toEqual([5, 8]);
  });

  it("of the others are their points", () => {
    expect(withHandle(measure("length", [0, 0], [1, 1]), 1, [5, 5], SPACING).points).toEqual([[0, 0], [5, 5]]);
    expect(withHandle(measure("angle", [0, 0], [1, 1], [2, 2]), 1, [5, 5], SPACING).points[1]).toEqual([5, 5]);
  });

  it("stay together when the whole is moved", () => {
    expect(shifted(measure("angle", [0, 0], [1, 1], [2, 2]), [3, -1]).points).toEqual([[3, -1], [4, 0], [5, 1]]);
  });

  it("follow from the long axis while two axes are drawn", () => {
    expect(pointsFrom("bidirectional", [[0, 0], [6, 0]], SPACING)).toHaveLength(4);
    expect(pointsFrom("angle", [[0, 0], [6, 0]], SPACING)).toHaveLength(2);
  });
});

describe("places in the patient", () => {
  // Turned about every axis, by hand: rows along y, columns along -z.
  const sagittal = image({ "00200032": [10, -50, 80], "00200037": [0, 1, 0, 0, 0, -1], "00280030": [2, 0.5] });

  it("of a pixel are its centre's (PS3.3 C.7.6.2.1.1)", () => {
    const plane = planeOf(sagittal);
    expect(plane).not.toBeNull();
    if (plane === null) return;
    expect(mmOf(plane, [0, 0])).toEqual([10, -50, 80]);
    expect(mmOf(plane, [4, 3])).toEqual([10, -48, 74]);
    expect(pixelOf(plane, [10, -48, 74])).toEqual([4, 3]);
  });

  it("off the plane go to the pixel below them", () => {
    const plane = planeOf(sagittal);
    if (plane !== null) expect(pixelOf(plane, [99, -48, 74])).toEqual([4, 3]);
  });

  it("and back are the same for oblique planes", () => {
    const turn = Math.PI / 7;
    const rows = [Math.cos(turn), Math.sin(turn), 0];
    const columns = [-Math.sin(turn) * Math.cos(1), Math.cos(turn) * Math.cos(1), Math.sin(1)];
    const plane = planeOf(image({ "00200032": [1, 2, 3], "00200037": [...rows, ...columns], "00280030": [0.9, 0.7] }));
    if (plane === null) throw new Error("an oblique plane is one");
    for (const point of [[0, 0], [63.5, 12.25], [-3, 500]] as const) {
      const [column, row] = pixelOf(plane, mmOf(plane, point));
      expect(column).toBeCloseTo(point[0], 9);
      expect(row).toBeCloseTo(point[1], 9);
    }
  });

  it("are none where the image says none; its own millimetres are those at the detector, or pixels", () => {
    const film = image({ "00181164": [0.15, 0.2] });
    expect(planeOf(film)).toBeNull();
    expect(spacingOf(film)).toEqual({ row: 0.15, column: 0.2, unit: "mm" });
    expect(spacingOf(image({}))).toEqual({ row: 1, column: 1, unit: "px" });
    expect(spacingOf(image({ "00280030": [0, 0.5] }))).toEqual({ row: 1, column: 1, unit: "px" });
  });

  it("of enhanced objects come from the frame's own or the shared groups", () => {
    const group = (spacing: number[]): unknown => ({
      "00289110": { vr: "SQ", Value: [{ "00280030": { vr: "DS", Value: spacing } }] },
    });
    const shared = image({ "52009229": [group([3, 4])] });
    expect(spacingOf(shared)).toEqual({ row: 3, column: 4, unit: "mm" });
    const own = image({ "52009229": [group([3, 4])], "52009230": [group([5, 6])] });
    expect(spacingOf(own)).toEqual({ row: 5, column: 6, unit: "mm" });
  });
});

describe("the way to the canvas", () => {
  it("and back is the same, flipped, turned and stretched", () => {
    const affine = new Affine([100, 50], [98, 50.5], [101, 53]);
    expect(affine.toCanvas([0, 0])).toEqual([100, 50]);
    const back = affine.toPixel(affine.toCanvas([12.5, -7]));
    expect(back?.[0]).toBeCloseTo(12.5);
    expect(back?.[1]).toBeCloseTo(-7);
  });

  it("has no way back where the image is drawn as a line", () => {
    expect(new Affine([0, 0], [1, 1], [2, 2]).toPixel([1, 1])).toBeNull();
  });
});
