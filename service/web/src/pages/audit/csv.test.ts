import { describe, expect, it } from "vitest";

import { csv } from "./csv";

describe("a CSV of the record", () => {
  it("begins with the mark by which spreadsheets know UTF-8, and ends each line as RFC 4180 says", () => {
    expect(csv([["a", "b"], ["1", "2"]])).toBe("\ufeffa,b\r\n1,2\r\n");
  });

  it.each([
    ["a,b", '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ["two\nlines", '"two\nlines"'],
    ["plain", "plain"],
  ])("%j stays one cell", (text, written) => {
    expect(csv([[text]])).toBe(`\ufeff${written}\r\n`);
  });

  it.each(["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1"])("%j is no formula", (text) => {
    expect(csv([[text]]).slice(1).replace(/^"/, "")[0]).toBe("'");
  });
});
