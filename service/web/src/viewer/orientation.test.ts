import { describe, expect, it } from "vitest";

import { directionsOf, sidesOf } from "./orientation";
import { type Slice, sliceStack, type Vector } from "./slices";

const LEFT: Vector = [1, 0, 0];
const BACK: Vector = [0, 1, 0];

describe("the patient's sides at the edges of an axial slice", () => {
  it("are as films are hung: the patient's right on the left, the front on top", () => {
    expect(sidesOf(LEFT, BACK, [2, 0], [0, 2])).toEqual({ left: "R", right: "L", top: "A", bottom: "P" });
  });

  it("change places when the image is flipped", () => {
    expect(sidesOf(LEFT, BACK, [-2, 0], [0, 2])).toEqual({ left: "L", right: "R", top: "A", bottom: "P" });
  });

  it("go round when the image is turned by 90° clockwise", () => {
    // A row now runs down the screen, a column to the left.
    expect(sidesOf(LEFT, BACK, [0, 2], [-2, 0])).toEqual({ left: "P", right: "A", top: "R", bottom: "L" });
  });

  it("are not said while nothing has a size", () => {
    expect(sidesOf(LEFT, BACK, [0, 0], [0, 0])).toBeNull();
  });
});

describe("a radiograph's sides", () => {
  const radiograph = (...letters: string[]): Slice =>
    sliceStack([{ "00280010": { vr: "US", Value: [8] }, "00200020": { vr: "CS", Value: letters } }]).slices[0] as Slice;
  const said = (...letters: string[]): unknown => {
    const found = directionsOf(radiograph(...letters));
    return found === null ? null : sidesOf(...found, [1, 0], [0, 1]);
  };

  it("are told by letters, since it has no place in the patient", () => {
    expect(said("L", "F")).toEqual({ left: "R", right: "L", top: "H", bottom: "F" });
    expect(said("A", "F")).toEqual({ left: "P", right: "A", top: "H", bottom: "F" });
    expect(said("PR", "F")).toEqual({ left: "AL", right: "PR", top: "H", bottom: "F" });
  });

  it("are not said where the letters are none of a person's, or missing", () => {
    expect(said()).toBeNull();
    expect(said("L")).toBeNull();
    expect(said("LE", "V")).toBeNull();
    expect(said("LR", "F")).toBeNull();
  });
});
