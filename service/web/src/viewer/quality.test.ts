import { expect, it } from "vitest";

import { lossOf, unappliedOf } from "./quality";

it("an image that was compressed with loss is told, by how much where it says so", () => {
  expect(lossOf({})).toBeNull();
  expect(lossOf({ "00282110": { vr: "CS", Value: ["00"] } })).toBeNull();
  expect(lossOf({ "00282110": { vr: "CS", Value: ["01"] } })).toEqual({ ratio: null });
  const twice = { "00282110": { vr: "CS", Value: ["01"] }, "00282112": { vr: "DS", Value: [10, 1.5] } };
  expect(lossOf(twice)).toEqual({ ratio: 15 });
});

it("an image that is not seen through its tables says so", () => {
  const table = { vr: "SQ", Value: [{}] };
  expect(unappliedOf({})).toEqual([]);
  expect(unappliedOf({ "00283010": table })).toEqual(["voiLut"]);
  expect(unappliedOf({ "00283010": table, "00281050": { vr: "DS", Value: [2048] } })).toEqual([]);
  expect(unappliedOf({ "00283000": table, "00281050": { vr: "DS", Value: [2048] } })).toEqual(["modalityLut"]);
  const coloured = { "00280004": { vr: "CS", Value: ["PALETTE COLOR"] } };
  const palette = { vr: "OW", Value: [0, 255] };
  expect(unappliedOf(coloured)).toEqual(["palette"]);
  expect(unappliedOf({ ...coloured, "00281201": palette, "00281202": palette, "00281203": palette })).toEqual([]);
});
