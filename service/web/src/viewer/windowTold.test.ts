import { describe, expect, it } from "vitest";

import type { DicomJson } from "./slices";
import { withDrawableWindows } from "./windowTold";

const window = (centre: number, width: number, more: DicomJson = {}): DicomJson => ({
  "00281050": { vr: "DS", Value: [centre] },
  "00281051": { vr: "DS", Value: [width] },
  ...more,
});
const inGroup = (tag: string, of: DicomJson): DicomJson => ({ [tag]: { vr: "SQ", Value: [{ "00289132": { vr: "SQ", Value: [of] } }] } });

describe("a window that nothing can be drawn with", () => {
  it("is none, in the header and in functional groups", () => {
    for (const width of [0, -5, 0.5, Number.NaN]) {
      expect(withDrawableWindows(window(20, width))).toEqual({});
      expect(withDrawableWindows(inGroup("52009230", window(20, width)))).toEqual(inGroup("52009230", {}));
      expect(withDrawableWindows(inGroup("52009229", window(20, width)))).toEqual(inGroup("52009229", {}));
    }
  });

  it("is widened where it is a threshold", () => {
    expect(withDrawableWindows(window(20, 1))).toEqual(window(20, 2));
  });
});

describe("a window that can be drawn", () => {
  it("is left as it is", () => {
    expect(withDrawableWindows(window(-600, 1500))).toEqual(window(-600, 1500));
    expect(withDrawableWindows({})).toEqual({});
  });

  it("may be narrower than 1 where its function allows for it", () => {
    const exact = window(0.2, 0.5, { "00281056": { vr: "CS", Value: ["LINEAR_EXACT"] } });
    expect(withDrawableWindows(exact)).toEqual(exact);
  });
});
