import { describe, expect, it } from "vitest";

import { perStudy, percent, probability, rate, scanner, shareOf, size } from "./figures";

const SHARE = { value: 0.912, low: 0.841, high: 0.953 };

describe("figures", () => {
  it("are percentages with an interval where there are enough, else counts", () => {
    expect(percent(SHARE)).toBe("91 % (84–95)");
    expect(shareOf(SHARE, 93, 102)).toBe("91 % (84–95)");
    expect(shareOf(null, 3, 7)).toBe("3 / 7");
    expect(shareOf(null, 0, 0)).toBe("–");
  });

  it("count false marks for each study only where there are enough studies", () => {
    expect(perStudy(27, 100, 20)).toBe("0.27");
    expect(perStudy(3, 19, 20)).toBe("3 / 19");
    expect(perStudy(3, null, 20)).toBe("–");
    expect(rate({ value: 0.2727, low: 0, high: 4.2407 })).toBe("0.27 (0.00–4.24)");
  });

  it("leave out what was not measured or said", () => {
    const said = { type: null, place: null, long_axis_mm: 8.44, short_axis_mm: null };
    expect(size(said)).toBe("8.4 mm");
    expect(size({ ...said, short_axis_mm: 6 })).toBe("8.4 × 6.0 mm");
    expect(size({ ...said, long_axis_mm: null })).toBe("–");
    expect(scanner({ manufacturer: "", model_name: "", slice_thickness_mm: 1.25 })).toBe("1.25 mm");
    expect(scanner({ manufacturer: "ACME", model_name: "X", slice_thickness_mm: null })).toBe("ACME · X");
  });

  it("never call a finding certain", () => {
    expect([probability(1), probability(0), probability(0.894), probability(null)]).toEqual([">0.99", "<0.01", "0.89", "–"]);
  });
});
