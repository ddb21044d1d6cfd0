import { describe, expect, it } from "vitest";

import type { HangingView } from "../../api/hanging";
import { asProtocol, hungLayout, hungWindow } from "./hanging";

const LUNG = { centre: -600, width: 1500 };
const place = (study: string, series: string) => ({ study_instance_uid: study, series_instance_uid: series, window: LUNG });
const HUNG: HangingView = {
  kind: { modality: "CT", region: "chest" },
  is_own: false,
  layout: "1x2",
  is_linked: false,
  places: [place("1", "1.1"), place("9", "9.1")],
};

describe("a hanging protocol", () => {
  it("lays its series in their places, begun where their loading begins", () => {
    expect(hungLayout(HUNG)).toEqual({
      name: "1x2",
      cells: [
        { study: "1", series: "1.1", slice: undefined },
        { study: "9", series: "9.1", slice: undefined },
      ],
      active: 0,
      isReformatted: false,
      isLinked: false,
    });
  });

  it("that found nothing to hang leaves the page its first series", () => {
    expect(hungLayout({ ...HUNG, places: [null, null] })).toBeNull();
  });

  it("says the window of what it hung, and of nothing else", () => {
    expect(hungWindow(HUNG, { study: "9", series: "9.1" })).toEqual(LUNG);
    expect(hungWindow(HUNG, { study: "1", series: "9.1" })).toBeNull();
    expect(hungWindow(null, { study: "1", series: "1.1" })).toBeNull();
  });

  it("made of what hangs now hangs the same again", () => {
    const layout = hungLayout(HUNG);
    if (layout === null) throw new Error("it hangs two series");
    const { kind: _kind, is_own: _isOwn, ...body } = HUNG;
    expect(asProtocol(layout, () => LUNG)).toEqual(body);
    expect(asProtocol({ ...layout, cells: [layout.cells[0] ?? null, null] }, () => null).places).toEqual([{ ...place("1", "1.1"), window: null }, null]);
  });
});
