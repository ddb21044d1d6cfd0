import { describe, expect, it } from "vitest";

import { sidesOf } from "./orientation";
import type { Vector } from "./slices";

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
