import { describe, expect, it } from "vitest";

import { PRESETS, rangeOf, windowOf } from "./presets";

describe("a window", () => {
  it("spans one step less than its width, as DICOM's linear function has it", () => {
    expect(rangeOf({ width: 1500, centre: -600 })).toEqual({ lower: -1350, upper: 149 });
    expect(rangeOf({ width: 400, centre: 40 })).toEqual({ lower: -160, upper: 239 });
  });

  it.each(Object.entries(PRESETS))("%s is shown as it was set", (_, preset) => {
    expect(windowOf(rangeOf(preset))).toEqual(preset);
  });
});
