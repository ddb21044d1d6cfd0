import { describe, expect, it } from "vitest";

import { age, moment, shownName, span } from "./format";

const WORDS = { Y: (n: number) => `${n}y`, M: (n: number) => `${n}m`, W: (n: number) => `${n}w`, D: (n: number) => `${n}d` };

describe("what is shown", () => {
  it.each([
    ["055Y", "55y"],
    ["006M", "6m"],
    ["003W", "3w"],
    ["012D", "12d"],
    ["55", "55"],
    [null, ""],
  ])("age %s as %s", (text, shown) => expect(age(text, WORDS)).toBe(shown));

  it.each([
    [42 * 60, "0:42"],
    [3 * 3600 + 5 * 60, "3:05"],
    [47 * 3600, "47:00"],
    [49 * 3600, "2d"],
    [-5, "0:00"],
  ])("a span of %i s as %s", (seconds, shown) => expect(span(seconds, WORDS.D)).toBe(shown));

  it("a moment with the year only where it is another one", () => {
    const now = new Date(2026, 10, 28);
    expect(moment(new Date(2026, 10, 27, 14, 5).toISOString(), now)).toBe("11-27 14:05");
    expect(moment(new Date(2025, 0, 2, 3, 4).toISOString(), now)).toBe("2025-01-02 03:04");
    expect(moment("no time", now)).toBe("–");
    expect(moment(null, now)).toBe("–");
  });

  it("a name in the writing the reader looks for", () => {
    const name = { name: "Wang^Xiaodong", ideographic: "王^小东" };
    expect(shownName(name, "zh-CN")).toBe("王 小东");
    expect(shownName(name, "en")).toBe("Wang Xiaodong");
    expect(shownName({ name: "Smith^John^^^Dr", ideographic: null }, "zh-CN")).toBe("Smith John Dr");
  });
});
