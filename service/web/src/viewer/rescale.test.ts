import { describe, expect, it } from "vitest";

import { scaledBy } from "./rescale";

const whole = { slope: 1, intercept: 0, bitsStored: 16, isSigned: false };

describe("stored values in their unit", () => {
  it("are scaled before they are put into anything narrower", () => {
    expect([...scaledBy({ ...whole, slope: 0.5, intercept: -1000 }, Uint16Array.from([2000, 2080]))]).toEqual([0, 40]);
    const signed = { ...whole, slope: 0.25, intercept: -0.5, isSigned: true };
    expect([...scaledBy(signed, Int16Array.from([-2, 0, 3]))]).toEqual([-1, -0.5, 0.25]);
    expect([...scaledBy(whole, Uint16Array.from([0, 65_535]))]).toEqual([0, 65_535]);
  });

  it("are what the bits say that are stored, with their sign and without what stands above them", () => {
    expect([...scaledBy({ ...whole, bitsStored: 12, intercept: -1024 }, Uint16Array.from([0x5400, 0x0428]))]).toEqual([0, 40]);
    expect([...scaledBy({ ...whole, bitsStored: 8, isSigned: true }, Uint8Array.from([206, 40]))]).toEqual([-50, 40]);
    expect([...scaledBy({ ...whole, bitsStored: 12, isSigned: true }, Uint16Array.from([0x0e0c, 0x0028]))]).toEqual([-500, 40]);
  });
});
