import { describe, expect, it } from "vitest";

import type { Mark } from "../../viewer/overlay";
import type { DicomJson, Slice } from "../../viewer/slices";
import { fittingMarks, keyTicks, placeOf } from "./marks";

function slice(uid: string, frame = 1, frames = 1): Slice {
  const metadata: DicomJson = {
    "00280008": { vr: "IS", Value: [frames] },
    "00280010": { vr: "US", Value: [100] },
    "00280011": { vr: "US", Value: [200] },
  };
  return { sopInstanceUid: uid, frame, instanceNumber: 1, positionMm: null, rowDirection: null, columnDirection: null, metadata };
}

function mark(id: string, right: number, bottom: number): Mark {
  const polygons = [[[0, 0], [right, 0], [right, bottom]] as const];
  return { id, slice: 0, colour: "", label: "", isChosen: false, isDashed: false, isExtent: false, polygons, lines: [], place: null };
}

describe("marks over images", () => {
  const slices = [slice("1.2.1")];

  it("are drawn up to the outer edge of the last pixel", () => {
    expect(fittingMarks([mark("fits", 199.5, 99.5)], slices)).toMatchObject({ isMisfit: false });
  });

  it("are hidden as a whole finding where one of them reaches beyond its image", () => {
    const { marks, isMisfit } = fittingMarks([mark("a", 10, 10), mark("b", 10, 10), mark("b", 10, 140)], slices);
    expect(marks.map(({ id }) => id)).toEqual(["a"]);
    expect(isMisfit).toBe(true);
  });
});

describe("key images", () => {
  it("are ticked on the slices of the stack that has them", () => {
    const slices = [slice("1.2.1", 1, 2), slice("1.2.1", 2, 2), slice("1.2.2")];
    const marked = [{ sop_instance_uid: "1.2.1", frame: 2 }, { sop_instance_uid: "1.2.2", frame: null }, { sop_instance_uid: "9", frame: null }];
    expect(keyTicks(marked, slices).map((each) => each.slice)).toEqual([1, 2]);
  });

  it("name a frame only where the instance has several", () => {
    expect(placeOf(slice("1.2.1", 2, 3))).toEqual({ sop_instance_uid: "1.2.1", frame: 2 });
    expect(placeOf(slice("1.2.2"))).toEqual({ sop_instance_uid: "1.2.2", frame: null });
  });
});
