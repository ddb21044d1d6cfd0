import { describe, expect, it } from "vitest";

import type { FindingView, JudgementView } from "../../api/reading";
import type { Slice } from "../../viewer/slices";
import { changedSince, expectedState, judgedCount, neighbour, outlinesOf, sliceAt } from "./findings";

function judgement(name: string, at: string): JudgementView {
  return { action: "accept", reason: null, by: { id: name, name }, at };
}

function finding(number: number, word = "proposed", judgements: JudgementView[] = []): FindingView {
  return {
    tracking_uid: `1.2.${number}`,
    number,
    analysis_id: "1",
    state: { word, text: word },
    concept: { text: "nodule" },
    place: "right upper lobe",
    long_axis_mm: 8.2,
    short_axis_mm: 6.1,
    volume_mm3: null,
    image: null,
    band: null,
    is_high: false,
    note: "",
    line: "",
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

describe("outlines", () => {
  const stack = [slice("1"), slice("2", 1), slice("2", 2)];

  it("lie on the image and frame they name", () => {
    expect(sliceAt(stack, { sop_instance_uid: "1", frame: null })).toBe(0);
    expect(sliceAt(stack, { sop_instance_uid: "2", frame: 2 })).toBe(2);
  });

  it("of another series are not drawn", () => {
    const points: [number, number][] = [[1, 1], [2, 1], [2, 2]];
    const contours = [{ sop_instance_uid: "2", frame: 2, polygons: [points, points] }, { sop_instance_uid: "9", frame: null, polygons: [points] }];
    expect(outlinesOf("f", contours, stack, "red").map((each) => each.slice)).toEqual([2, 2]);
  });
});
