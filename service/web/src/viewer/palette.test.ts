import { describe, expect, it } from "vitest";

import { hasPalettes, numbersOf, withPalettes } from "./palette";
import type { DicomJson } from "./slices";

const words = (...values: number[]): ArrayBuffer => Uint16Array.from(values).buffer;
const descriptor = { vr: "US", Value: [2, 0, 16] };
const COLOURED: DicomJson = {
  "00280004": { vr: "CS", Value: ["PALETTE COLOR"] },
  "00281101": descriptor,
  "00281102": descriptor,
  "00281103": descriptor,
  "00281201": { vr: "OW", BulkDataURI: "/red" },
  "00281202": { vr: "OW", InlineBinary: btoa("\x01\x02\x03\x04") },
  "00281203": { vr: "OW", BulkDataURI: "/blue" },
};
const fetched = (uri: string): Promise<ArrayBuffer> => Promise.resolve(uri === "/red" ? words(0, 65_535) : words(7, 8));

describe("an image whose colours are numbers of a palette", () => {
  it("is given its palettes as numbers, whether they lie in the metadata or beside them", async () => {
    const made = await withPalettes(COLOURED, fetched);
    expect(made["00281201"]?.Value).toEqual([0, 65_535]);
    expect(made["00281202"]?.Value).toEqual([0x0201, 0x0403]);
    expect(made["00281203"]?.Value).toEqual([7, 8]);
    expect(hasPalettes(made)).toBe(true);
  });

  it("says that it has none where one is missing", async () => {
    const { "00281203": _, ...without } = COLOURED;
    expect(hasPalettes(await withPalettes(without, fetched))).toBe(false);
  });

  it("may have entries of a byte, and 65,536 of them where it says 0", () => {
    expect(numbersOf(Uint8Array.of(9, 8, 7, 6).buffer, 4)).toEqual([9, 8, 7, 6]);
    expect(numbersOf(new ArrayBuffer(131_072), 65_536)).toHaveLength(65_536);
  });
});

it("other images are left as they are", async () => {
  const grey: DicomJson = { "00280004": { vr: "CS", Value: ["MONOCHROME2"] } };
  expect(await withPalettes(grey, fetched)).toBe(grey);
});
