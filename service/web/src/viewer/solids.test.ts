import { describe, expect, it } from "vitest";

import type { Mark, Point } from "./overlay";
import { type DicomJson, sliceStack, type SliceStack, type Vector } from "./slices";
import { centreOf, sectionOf, type Solid, solidsOf } from "./solids";

/** Four slices, 2 mm apart, pixels of 1 mm; the lowest lies at z = 0. way: along its rows. */
function stack(way: Vector = [1, 0, 0], down: Vector = [0, 1, 0]): SliceStack {
  const instance = (at: number): DicomJson => {
    const values = { "00080018": [`1.${at}`], "00280010": [64], "00280011": [64], "00280030": [1, 1], "00200032": [0, 0, 2 * at], "00200037": [...way, ...down] };
    return Object.fromEntries(Object.entries(values).map(([tag, Value]) => [tag, { vr: "UN", Value }]));
  };
  return sliceStack([0, 1, 2, 3].map(instance));
}

/** On the slice shown as `slice`, from the head: it lies at z = 6 - 2 slice. */
function mark(slice: number, more: Partial<Mark>): Mark {
  return { id: "f", slice, colour: "red", label: "1", isChosen: false, isDashed: false, isExtent: false, polygons: [], lines: [], place: null, ...more };
}

const SQUARE: readonly Point[] = [[10, 20], [14, 20], [14, 26], [10, 26]];
const body = (of: SliceStack = stack()): Solid => solidsOf([mark(1, { polygons: [SQUARE] }), mark(2, { polygons: [SQUARE] })], of)[0] as Solid;
const sagittal = (x: number): ReturnType<typeof sectionOf> => sectionOf(body(), { pointMm: [x, 0, 0], normal: [1, 0, 0] });

function corners(section: ReturnType<typeof sectionOf>): Vector[] {
  return (section?.polygons[0] ?? []).map((each) => [each[0], each[1], each[2]] as const);
}

describe("a finding that is outlined on two slices", () => {
  it("is one solid, and its middle is that of both", () => {
    expect(centreOf(body())).toEqual([12, 23, 3]);
  });

  it("is shown as it was outlined in a plane along its slices, half a slice to either side", () => {
    const axial = (z: number): ReturnType<typeof sectionOf> => sectionOf(body(), { pointMm: [0, 0, z], normal: [0, 0, -1] });
    expect(axial(4)).toMatchObject({ isExtent: false });
    expect(corners(axial(4))).toEqual([[10, 20, 4], [14, 20, 4], [14, 26, 4], [10, 26, 4]]);
    expect(axial(4.9)).not.toBeNull();
    expect(axial(5.1)).toBeNull();
  });

  it("is shown as the extent of all its slices in a plane across them, and said to be that", () => {
    const section = sagittal(12);
    expect(section?.isExtent).toBe(true);
    const [ys, zs] = [corners(section).map(([, y]) => y), corners(section).map(([, , z]) => z)];
    expect([Math.min(...ys), Math.max(...ys), Math.min(...zs), Math.max(...zs)]).toEqual([20, 26, 1, 5]);
    expect(sagittal(9.9)).toBeNull();
    expect(sagittal(14.1)).toBeNull();
  });

  it("has corners in the order of going round, so that no edge crosses another", () => {
    const [a, b, c, d] = corners(sagittal(12));
    const isAnEdge = (from: Vector | undefined, to: Vector | undefined): boolean => from !== undefined && to !== undefined && (from[1] === to[1]) !== (from[2] === to[2]);
    expect([isAnEdge(a, b), isAnEdge(b, c), isAnEdge(c, d), isAnEdge(d, a)]).toEqual([true, true, true, true]);
  });

  it("lies where its images lie, however they are turned", () => {
    const turned = body(stack([0, 1, 0], [-1, 0, 0]));
    const section = sectionOf(turned, { pointMm: [0, 12, 0], normal: [0, 1, 0] });
    const xs = corners(section).map(([x]) => x);
    expect([Math.min(...xs), Math.max(...xs)]).toEqual([-26, -20]);
  });
});

describe("a finding of which only a place is known", () => {
  const [place] = solidsOf([mark(1, { place: [30, 40] })], stack());

  it("is shown in planes that pass it within half a slice", () => {
    const coronal = (y: number): ReturnType<typeof sectionOf> => sectionOf(place as Solid, { pointMm: [0, y, 0], normal: [0, -1, 0] });
    expect(coronal(40.9)).toMatchObject({ place: [30, 40, 4], isExtent: false, polygons: [] });
    expect(coronal(41.1)).toBeNull();
  });
});

describe("a finding of which two axes are known", () => {
  it("keeps them in a plane along its slice, and has their extent across", () => {
    const [solid] = solidsOf([mark(1, { lines: [[[10, 20], [14, 20]], [[12, 18], [12, 22]]] })], stack());
    expect(sectionOf(solid as Solid, { pointMm: [0, 0, 4], normal: [0, 0, 1] })?.lines).toHaveLength(2);
    const across = sectionOf(solid as Solid, { pointMm: [12, 0, 0], normal: [1, 0, 0] });
    expect(corners(across).map(([, y]) => y).sort()).toEqual([18, 18, 22, 22]);
  });
});
