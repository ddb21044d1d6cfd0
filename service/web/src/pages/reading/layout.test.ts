import { describe, expect, it } from "vitest";

import { type Layout, layoutOf, searchOf, withActive, withName, withPrior, withSeries, withSlice } from "./layout";

const STUDY = "1.2.3";
const OFFERED = ["1.2.3.1", "1.2.3.2", "1.2.3.3"].map((series) => ({ study: STUDY, series }));

function series(layout: Layout): (string | undefined)[] {
  return layout.cells.map((cell) => cell?.series);
}

describe("the address of the image area", () => {
  it("is short where one series is shown", () => {
    const layout = layoutOf({ series: "1.2.3.1", slice: "5" }, STUDY);
    expect(layout.cells).toEqual([{ study: STUDY, series: "1.2.3.1", slice: "5" }]);
    expect(searchOf(layout, STUDY)).toEqual({ series: "1.2.3.1", slice: "5" });
  });

  it("says every place, the empty ones and those of another study", () => {
    const search = { layout: "2x2", active: "3", series: "1.2.3.1__9.9-9.9.1_", slice: "5__7_" };
    const layout = layoutOf(search, STUDY);
    expect(layout.cells).toEqual([
      { study: STUDY, series: "1.2.3.1", slice: "5" },
      null,
      { study: "9.9", series: "9.9.1", slice: "7" },
      null,
    ]);
    expect(layout.active).toBe(2);
    expect(searchOf(layout, STUDY)).toEqual(search);
  });

  it("stands for one empty place where it makes no sense", () => {
    expect(layoutOf({ layout: "9x9", active: "7" }, STUDY)).toMatchObject({ name: "1x1", cells: [null], active: 0 });
    expect(layoutOf({ layout: "1x2", active: "-1" }, STUDY).active).toBe(0);
  });
});

describe("another layout", () => {
  it("fills its places with the series not yet shown", () => {
    const layout = withName(layoutOf({ series: "1.2.3.2" }, STUDY), "2x2", OFFERED);
    expect(series(layout)).toEqual(["1.2.3.2", "1.2.3.1", "1.2.3.3", undefined]);
  });

  it("keeps the active series where places go", () => {
    const four = layoutOf({ layout: "2x2", active: "3", series: "a_b_c_d", slice: "1_2_3_4" }, STUDY);
    const one = withName(four, "1x1", OFFERED);
    expect(one.cells).toEqual([{ study: STUDY, series: "c", slice: "3" }]);
    expect(one.active).toBe(0);
  });
});

describe("a chosen series", () => {
  it("goes into the active place and begins where its loading begins", () => {
    const two = withActive(layoutOf({ layout: "1x2", series: "a_b", slice: "4_5" }, STUDY), 1);
    expect(withSeries(two, STUDY, "c").cells[1]).toEqual({ study: STUDY, series: "c", slice: undefined });
    expect(withSeries(two, STUDY, "c").cells[0]?.slice).toBe("4");
  });

  it("keeps its slice in the address, and an empty place has none", () => {
    const two = layoutOf({ layout: "1x2", series: "a_" }, STUDY);
    expect(withSlice(two, 0, 9).cells[0]?.slice).toBe("9");
    expect(withSlice(two, 1, 9)).toBe(two);
  });
});

describe("the prior", () => {
  const prior = { study: "9.9", series: "9.9.1" };

  it("comes beside the active series and goes again", () => {
    const beside = withPrior(layoutOf({ series: "a", slice: "3" }, STUDY), STUDY, prior);
    expect(searchOf(beside, STUDY)).toEqual({ layout: "1x2", series: "a_9.9-9.9.1", slice: "3_" });
    expect(searchOf(withPrior(beside, STUDY, prior), STUDY)).toEqual({ series: "a", slice: "3" });
  });

  it("goes also while it is the active one", () => {
    const beside = withActive(withPrior(layoutOf({ series: "a" }, STUDY), STUDY, prior), 1);
    expect(series(withPrior(beside, STUDY, prior))).toEqual(["a"]);
  });
});
