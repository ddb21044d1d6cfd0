import { describe, expect, it } from "vitest";

import { isSilentOfWindow } from "./silent";
import { type DicomJson, type Slice, sliceStack } from "./slices";

const of = (...values: unknown[]): { vr: string; Value: unknown[] } => ({ vr: "", Value: values });
const slices = (more: DicomJson): readonly Slice[] =>
  sliceStack([{ "00080060": of("CT"), "00080018": of("1.2"), "00280010": of(8), "00280011": of(8), ...more }]).slices;
const isSilent = (more: DicomJson, at = 0): boolean => isSilentOfWindow(slices(more)[at] as Slice);
const voi = (centre: number): unknown => ({ "00289132": of({ "00281050": of(centre), "00281051": of(400) }) });

describe("a CT is silent of its window", () => {
  it("where its header has none, or half of one", () => {
    expect(isSilent({})).toBe(true);
    expect(isSilent({ "00281050": of(40) })).toBe(true);
    expect(isSilent({ "00281050": of(40), "00281051": of(0) })).toBe(true);
  });

  it("not where it says one itself, for all its frames, or for one of them", () => {
    expect(isSilent({ "00281050": of(40, -600), "00281051": of(400, 1500) })).toBe(false);
    expect(isSilent({ "00280008": of(2), "52009229": of(voi(40)) }, 1)).toBe(false);
    expect(isSilent({ "00280008": of(2), "52009230": of({}, voi(40)) }, 1)).toBe(false);
  });

  it("and is left alone where its values have no unit, as other modalities and scouts", () => {
    expect(isSilent({ "00080060": of("MR") })).toBe(false);
    expect(isSilent({ "00281054": of("US") })).toBe(false);
    expect(isSilent({ "00080008": of("ORIGINAL", "PRIMARY", "LOCALIZER") })).toBe(false);
  });
});
