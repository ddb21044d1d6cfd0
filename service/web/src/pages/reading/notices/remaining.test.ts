import { describe, expect, it } from "vitest";

import { clock } from "./remaining";

describe("the time that is left", () => {
  it.each([
    [600, "10:00"],
    [462.9, "7:42"],
    [9, "0:09"],
    [0, "0:00"],
    [-200.5, "3:20"],
    [4062, "1:07:42"],
  ])("%d s is read as %s", (seconds, words) => {
    expect(clock(seconds)).toBe(words);
  });
});
