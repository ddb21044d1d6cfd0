import { describe, expect, it } from "vitest";

import { type DicomJson, sideLetters, sliceStack } from "./slices";

const AXIAL = [1, 0, 0, 0, 1, 0];

function instance(uid: string, position: number[] | null, orientation = AXIAL, more: DicomJson = {}): DicomJson {
  return {
    "00080018": { vr: "UI", Value: [uid] },
    "00280010": { vr: "US", Value: [512] },
    ...(position === null ? {} : { "00200032": { vr: "DS", Value: position } }),
    "00200037": { vr: "DS", Value: orientation },
    ...more,
  };
}

function uids(instances: DicomJson[]): string[] {
  return sliceStack(instances).slices.map((slice) => slice.sopInstanceUid);
}

describe("the slices of a series", () => {
  it("go from head to foot, whatever order the server lists them in", () => {
    const listed = [instance("foot", [0, 0, -50]), instance("head", [0, 0, 50]), instance("middle", [0, 0, 0])];
    expect(uids(listed)).toEqual(["head", "middle", "foot"]);
  });

  it.each([
    ["coronal, from front to back", [1, 0, 0, 0, 0, -1], [0, -40, 0], [0, 40, 0]],
    ["sagittal, from right to left", [0, 1, 0, 0, 0, -1], [-40, 0, 0], [40, 0, 0]],
  ])("go, where they are %s", (_, orientation, first, last) => {
    expect(uids([instance("last", last, orientation), instance("first", first, orientation)])).toEqual(["first", "last"]);
  });

  it("are ordered along an oblique normal, not by table position", () => {
    const half = Math.SQRT1_2;
    const oblique = [1, 0, 0, 0, half, half];
    // The normal is (0, -half, half): these lie at 0, 10 and 20 mm along it, though their z is the same or falls.
    const at = (mm: number, slide: number) => [0, -half * mm + half * slide, half * mm + half * slide];
    const listed = [instance("a", at(0, 40), oblique), instance("c", at(20, -40), oblique), instance("b", at(10, 0), oblique)];
    expect(uids(listed)).toEqual(["c", "b", "a"]);
    expect(sliceStack(listed).spacingMm).toBeCloseTo(10, 6);
  });

  it("tell their spacing, and that one is missing", () => {
    const even = [0, 1.25, 2.5, 3.75, 5].map((z) => instance(String(z), [0, 0, z]));
    expect(sliceStack(even)).toMatchObject({ spacingMm: 1.25, isUneven: false });
    expect(sliceStack(even.filter((_, index) => index !== 2)).isUneven).toBe(true);
  });

  it("go by instance number where they say no position", () => {
    const numbered = (uid: string, number: number) =>
      instance(uid, null, AXIAL, { "00200013": { vr: "IS", Value: [number] } });
    expect(uids([numbered("two", 2), numbered("one", 1)])).toEqual(["one", "two"]);
    expect(sliceStack([numbered("one", 1)]).spacingMm).toBeNull();
  });

  it("go by instance number where a localizer of another orientation is among them", () => {
    const listed = [
      instance("axial", [0, 0, 9], AXIAL, { "00200013": { vr: "IS", Value: [2] } }),
      instance("localizer", [0, 0, 0], [1, 0, 0, 0, 0, -1], { "00200013": { vr: "IS", Value: [1] } }),
    ];
    expect(uids(listed)).toEqual(["localizer", "axial"]);
  });

  it("are the frames of an enhanced object, each at its own position", () => {
    const at = (z: number) => ({ "00209113": { vr: "SQ", Value: [{ "00200032": { vr: "DS", Value: [0, 0, z] } }] } });
    const enhanced = instance("e", null, AXIAL, {
      "00280008": { vr: "IS", Value: ["3"] },
      "52009230": { vr: "SQ", Value: [at(0), at(2), at(4)] },
    });
    expect(sliceStack([enhanced]).slices.map((slice) => slice.frame)).toEqual([3, 2, 1]);
  });

  it("are none of an object without pixels", () => {
    expect(sliceStack([{ "00080018": { vr: "UI", Value: ["sr"] } }]).slices).toEqual([]);
  });
});

describe("the sides of the patient", () => {
  it.each([
    [[1, 0, 0], "L"],
    [[-1, 0, 0], "R"],
    [[0, 1, 0], "P"],
    [[0, 0, -1], "F"],
    [[0.8, 0.6, 0], "LP"],
    [[0.99, 0.1, 0.1], "L"],
  ] as const)("of direction %s are %s", (direction, letters) => expect(sideLetters(direction)).toBe(letters));
});
