import { describe, expect, it } from "vitest";

import type { FindingView, JudgementView } from "../../api/reading";
import type { Slice } from "../../viewer/slices";
import { changedSince, expectedState, judgedCount, lastOwnAct, neighbour, newTrackingUid, settledBy, sliceAt } from "./findings";

function judgement(name: string, at: string): JudgementView {
  return { action: "accept", reason: null, by: { id: name, name }, at };
}

const NODULE = { value: "27925004", scheme: "SCT", meaning: "Nodule", text: "nodule" };
const LUNG = { value: "39607008", scheme: "SCT", meaning: "Lung", text: "lung" };

function finding(number: number, word = "proposed", judgements: JudgementView[] = []): FindingView {
  return {
    tracking_uid: `1.2.${number}`,
    number,
    analysis_id: "1",
    state: { word, text: word },
    concept: NODULE,
    site: LUNG,
    laterality: null,
    place: "right upper lobe",
    long_axis_mm: 8.2,
    short_axis_mm: 6.1,
    volume_mm3: null,
    center_mm: null,
    image: null,
    probability: 0.8,
    band: null,
    is_high: false,
    note: "",
    report_text: { "zh-CN": { findings: "", impression: "" }, en: { findings: "", impression: "" } },
    line: "",
    long_axis: null,
    short_axis: null,
    proposed: null,
    judgements,
  };
}

function slice(sopInstanceUid: string, frame = 1): Slice {
  return { sopInstanceUid, frame, instanceNumber: 1, positionMm: null, rowDirection: null, columnDirection: null, metadata: {} };
}

describe("progress", () => {
  it("counts what a reader judged, however they judged it", () => {
    const list = [finding(1), finding(2, "accepted"), finding(3, "rejected"), finding(4, "uncertain")];
    expect(judgedCount(list)).toBe(3);
  });

  it("says before the answer what will stand, but for an undo", () => {
    expect((["accept", "reject", "doubt", "undo"] as const).map(expectedState)).toEqual(["accepted", "rejected", "uncertain", null]);
  });
});

describe("going through findings", () => {
  const list = [finding(1), finding(2), finding(3)];

  it("begins at the first forwards and at the last backwards", () => {
    expect(neighbour(list, null, 1)?.number).toBe(1);
    expect(neighbour(list, null, -1)?.number).toBe(3);
  });

  it("stays at the ends", () => {
    expect(neighbour(list, "1.2.3", 1)?.number).toBe(3);
    expect(neighbour(list, "1.2.1", -1)?.number).toBe(1);
    expect(neighbour([], null, 1)).toBeUndefined();
  });
});

describe("what changed meanwhile", () => {
  it("is each finding with another last judgement, and no other", () => {
    const before = [finding(1), finding(2, "accepted", [judgement("wang", "10:00")]), finding(3)];
    const now = [finding(1), finding(2, "accepted", [judgement("li", "10:01")]), finding(3, "accepted", [judgement("li", "10:02")])];
    expect(changedSince(before, now).map((each) => each.number)).toEqual([2, 3]);
    expect(changedSince(now, now)).toEqual([]);
  });
});

describe("an image of a finding", () => {
  const stack = [slice("1"), slice("2", 1), slice("2", 2)];

  it("is that of the instance and frame it names, and none of another series", () => {
    expect(sliceAt(stack, { sop_instance_uid: "1", frame: null })).toBe(0);
    expect(sliceAt(stack, { sop_instance_uid: "2", frame: 2 })).toBe(2);
    expect(sliceAt(stack, { sop_instance_uid: "9", frame: null })).toBe(-1);
  });
});

describe("what is taken back after the page was opened again", () => {
  it("is the reader's newest judgement, unless somebody judged the finding since", () => {
    const list = [
      finding(1, "accepted", [judgement("wang", "10:00")]),
      finding(2, "accepted", [judgement("wang", "10:02")]),
      finding(3, "accepted", [judgement("wang", "10:03"), judgement("li", "10:04")]),
    ];
    expect(lastOwnAct(list, "wang")?.number).toBe(2);
    expect(lastOwnAct(list, "zhao")).toBeUndefined();
  });

  it.each([
    ["", null],
    ["draft", null],
    ["preliminary", null],
    ["signed", "signed"],
    ["provisional", "provisional"],
    ["released", "released"],
    ["released draft", null],
    ["released signed", "signed"],
    ["released discarded", "released"],
    ["amended released", "released"],
    ["recalled", null],
    ["returned draft", null],
    ["released withdrawn", null],
    ["withdrawn", null],
  ])("is judged or not as the report's versions leave it: %s", (words, settled) => {
    const versions = words.split(" ").filter(Boolean).map((word) => ({ state: { word, text: word } }));
    expect(settledBy(versions)).toBe(settled);
  });

  it("names what a reader adds by a UID that DICOM takes", () => {
    const uid = newTrackingUid();
    expect(uid).toMatch(/^2\.25\.(0|[1-9]\d*)$/);
    expect(uid.length).toBeLessThanOrEqual(64);
  });
});
