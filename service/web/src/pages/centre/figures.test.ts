import { describe, expect, it } from "vitest";

import { bytes, listed } from "./figures";

describe("bytes", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1536 * 1024 * 1024, "1.5 GiB"],
    [300 * 1024 ** 3, "300 GiB"],
    [2048 * 1024 ** 4, "2048 TiB"],
  ])("%d is %s", (count, words) => expect(bytes(count)).toBe(words));
});

describe("a list as it is typed", () => {
  it.each([
    ["CT, MR", ["CT", "MR"]],
    ["10.0.0.0/8\n10.1.0.0/16", ["10.0.0.0/8", "10.1.0.0/16"]],
    ["CT\uff0cMR\u3001DX", ["CT", "MR", "DX"]],
    [" CT CT ", ["CT"]],
    ["", []],
  ])("%j is %j", (text, parts) => expect(listed(text)).toEqual(parts));
});
