import { expect, it } from "vitest";

import { lossOf } from "./quality";

it("an image that was compressed with loss is told, by how much where it says so", () => {
  expect(lossOf({})).toBeNull();
  expect(lossOf({ "00282110": { vr: "CS", Value: ["00"] } })).toBeNull();
  expect(lossOf({ "00282110": { vr: "CS", Value: ["01"] } })).toEqual({ ratio: null });
  const twice = { "00282110": { vr: "CS", Value: ["01"] }, "00282112": { vr: "DS", Value: [10, 1.5] } };
  expect(lossOf(twice)).toEqual({ ratio: 15 });
});
