import { describe, expect, it } from "vitest";

import type { FindingView } from "../../api/reading";
import { DRAFT } from "../../viewer/measureLayer";
import type { DicomJson } from "../../viewer/slices";
import { sliceStack } from "../../viewer/slices";
import { said } from "./draftSaid";
import { millimetres } from "./drawing";
import { marksOf, pointedMarks } from "./findingMarks";
import type { Draft } from "./useDraft";

const NODULE = { value: "27925004", scheme: "SCT", meaning: "Nodule", text: "nodule" };
const LUNG = { value: "39607008", scheme: "SCT", meaning: "Lung", text: "lung" };
const LEFT = { value: "7771000", scheme: "SCT", meaning: "Left", text: "left" };
const LONG = { start_mm: [0, 0, 5], end_mm: [9, 0, 5], length_mm: 9 } as const;

function slices(positions: readonly number[]): ReturnType<typeof sliceStack>["slices"] {
  const images = positions.map((z) => ({
    "00080018": { vr: "UI", Value: [`1.2.${z}`] },
    "00280010": { vr: "US", Value: [64] },
    "00280011": { vr: "US", Value: [64] },
    "00280030": { vr: "DS", Value: [2, 0.5] },
    "00200032": { vr: "DS", Value: [-10, -20, z] },
    "00200037": { vr: "DS", Value: [1, 0, 0, 0, 1, 0] },
  }));
  return sliceStack(images as unknown as DicomJson[]).slices;
}

function finding(more: Partial<FindingView> = {}): FindingView {
  return {
    tracking_uid: "1.2.3", number: 1, analysis_id: "a", state: { word: "proposed", text: "" }, concept: NODULE, site: LUNG,
    laterality: null, place: "lung", long_axis_mm: 9, short_axis_mm: 6, volume_mm3: 214, center_mm: [4, 0, 5],
    image: { sop_instance_uid: "1.2.5", frame: null }, probability: 0.8, band: null, is_high: true, note: "", line: "",
    report_text: { "zh-CN": { findings: "", impression: "" }, en: { findings: "", impression: "" } },
    long_axis: null, short_axis: null, proposed: null, judgements: [], ...more,
  };
}

function draft(more: Partial<Draft>): Draft {
  return {
    action: "add", finding: null, kept: { long_axis: null, short_axis: null }, types: [NODULE],
    places: [{ site: LUNG, laterality: LEFT, text: "left lung" }], type: 0, place: 0, long: "", short: "", note: "",
    measure: null, point: null, isMeasured: false, strokes: 0, ...more,
  };
}

const ON = { sopInstanceUid: "1.2.5", frame: 1 };
const STACK = slices([0, 5, 10]);

describe("a draft as it is sent", () => {
  it("has its axes in the patient, the longer first, and its middle", () => {
    const measure = { id: DRAFT, kind: "bidirectional" as const, ...ON, points: [[20, 10], [28, 10], [24, 8], [24, 12]] as const };
    const sent = said(draft({ measure, long: "8", short: "4", isMeasured: true }), STACK);
    expect(sent?.long_axis).toEqual({ start_mm: [2, -4, 5], end_mm: [2, 4, 5], length_mm: 8 });
    expect(sent?.short_axis).toEqual({ start_mm: [0, 0, 5], end_mm: [4, 0, 5], length_mm: 4 });
    expect(sent?.center_mm).toEqual([2, 0, 5]);
    expect(sent?.image).toEqual({ sop_instance_uid: "1.2.5", frame: null });
    expect(sent?.volume_mm3).toBeNull();
    expect(sent?.laterality).toEqual({ value: "7771000", scheme: "SCT", meaning: "Left" });
  });

  it("is a place alone where nothing is measured", () => {
    const sent = said(draft({ point: { image: ON, at: [20, 10] }, isMeasured: true }), STACK);
    expect([sent?.center_mm, sent?.long_axis]).toEqual([[0, 0, 5], null]);
  });

  it("keeps to the last digit what a package measured, when only words are corrected", () => {
    const kept = { long_axis: LONG, short_axis: null };
    const sent = said(draft({ action: "correct", finding: finding(), kept, long: "9.0", short: "6.0" }), STACK);
    expect([sent?.long_axis, sent?.center_mm, sent?.volume_mm3]).toEqual([LONG, [4, 0, 5], 214]);
  });

  it("is not sent while it lacks a place, a size or where it is", () => {
    const point = { image: ON, at: [20, 10] as const };
    expect(said(draft({ point, place: -1 }), STACK)).toBeNull();
    expect(said(draft({ point, long: "8" }), STACK)).toBeNull();
    expect(said(draft({ point, long: "8", short: "x" }), STACK)).toBeNull();
    expect(said(draft({}), STACK)).toBeNull();
  });
});

describe("typed millimetres", () => {
  it.each([
    ["8", 8],
    [" 8,5 ", 8.5],
    ["0.1", 0.1],
    ["", null],
    ["0", null],
    ["-3", null],
    ["501", null],
    ["8 mm", null],
    ["1e400", null],
  ])("%j is %s", (text, value) => {
    expect(millimetres(text)).toBe(value);
  });
});

describe("the marks of findings", () => {
  const contours = [{ sop_instance_uid: "1.2.0", frame: null, polygons: [[[1, 1], [2, 1], [2, 2]] as [number, number][]] }];
  const none = { chosen: null, corrected: null };

  it("are outlines where a package drew them, and axes on its image for the one that is looked at", () => {
    const drawn = [{ finding: finding(), contours, axes: [LONG] }];
    expect(marksOf(drawn, STACK, { chosen: "1.2.3", corrected: null }).map((each) => [each.slice, each.lines.length, each.polygons.length])).toEqual([
      [2, 0, 1],
      [1, 1, 0],
    ]);
  });

  it("are the reader's axes where the reader drew some, whoever is looked at", () => {
    const [mark] = marksOf([{ finding: finding({ long_axis: LONG, analysis_id: null }), contours: [], axes: [] }], STACK, none);
    expect([mark?.slice, mark?.lines, mark?.label]).toEqual([1, [[[20, 10], [38, 10]]], "1"]);
  });

  it("are a cross where nothing was measured, and nothing where it was removed", () => {
    const placed = { finding: finding({ long_axis_mm: null }), contours: [], axes: [] };
    expect(marksOf([placed], STACK, none)[0]?.place).toEqual([28, 10]);
    const removed = { ...placed, finding: finding({ state: { word: "removed", text: "" } }) };
    expect(marksOf([removed], STACK, none)).toEqual([]);
  });

  it("are dashed where a reader rejected them, and leave the axes to the draft while they are corrected", () => {
    const rejected = finding({ state: { word: "rejected", text: "" } });
    expect(marksOf([{ finding: rejected, contours, axes: [] }], STACK, none)[0]?.isDashed).toBe(true);
    const apart = { chosen: "1.2.3", corrected: "1.2.3" };
    expect(marksOf([{ finding: finding(), contours, axes: [LONG] }], STACK, apart).flatMap((each) => each.lines)).toEqual([]);
  });

  it("are a cross at once where a place was clicked, on its image and no other", () => {
    const pointed = { image: ON, at: [7, 9] as const };
    expect(pointedMarks(pointed, STACK).map(({ id, slice, place }) => [id, slice, place])).toEqual([[DRAFT, 1, [7, 9]]]);
    expect([pointedMarks(pointed, slices([77])), pointedMarks(null, STACK)]).toEqual([[], []]);
  });

  it("of another series are not drawn", () => {
    expect(marksOf([{ finding: finding(), contours, axes: [LONG] }], slices([77]), none)).toEqual([]);
  });
});
