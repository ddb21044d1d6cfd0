import { describe, expect, it } from "vitest";

import { age, span } from "./format";

const WORDS = { Y: (n: number) => `${n}y`, M: (n: number) => `${n}m`, W: (n: number) => `${n}w`, D: (n: number) => `${n}d` };

describe("what is shown", () => {
  it.each([
    ["055Y", "55y"],
    ["56Y", "56y"],
    ["006M", "6m"],
    ["003W", "3w"],
    ["012D", "12d"],
    ["55", "55"],
    ["", ""],
  ])("age %s as %s", (text, shown) => expect(age(text, WORDS)).toBe(shown));

  it.each([
    [42 * 60, "0:42"],
    [3 * 3600 + 5 * 60, "3:05"],
    [47 * 3600, "47:00"],
    [49 * 3600, "2d"],
    [-5, "0:00"],
  ])("a span of %i s as %s", (seconds, shown) => expect(span(seconds, WORDS.D)).toBe(shown));
});
