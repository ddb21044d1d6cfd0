import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { type Channel, FirstWindow, type Led, MISSED_AFTER_MS, SecondWindow, type Shown, type Stroke } from "./companion";

/** Two ends of one channel; what is posted arrives at the other end, as between windows. */
function ends(): [Channel, Channel] {
  const made: Channel[] = [];
  const end = (other: 0 | 1): Channel => ({
    postMessage: (message) => made[other]?.onmessage?.({ data: structuredClone(message) } as MessageEvent),
    onmessage: null,
    close: () => undefined,
  });
  const pair: [Channel, Channel] = [end(1), end(0)];
  made.push(...pair);
  return pair;
}

const LED: Led = { hospital: "h", study: "1.2", finding: null, isOverlayShown: true, drawn: { measures: [], isDrafting: false, corrected: null, pointed: null }, isTaken: false };
const SHOWN: Shown = { study: "1.2", search: { series: "1.2.1", slice: "7" } };

function first(channel: Channel) {
  const heard = { presence: [] as boolean[], shown: [] as Shown[], pressed: [] as string[], marked: [] as string[], strokes: [] as Stroke[] };
  const window = new FirstWindow(channel, {
    onPresence: (isThere) => heard.presence.push(isThere),
    onShown: (shown) => heard.shown.push(shown),
    onPressed: (action) => heard.pressed.push(action),
    onMarked: (place) => heard.marked.push(place.sop_instance_uid),
    onStroke: (stroke) => heard.strokes.push(stroke),
  });
  return { window, heard };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a second window for the images", () => {
  it("is told what the first one leads, also what was led before it came", () => {
    const [a, b] = ends();
    const { window } = first(a);
    window.lead(LED);
    const led: Led[] = [];
    const second = new SecondWindow(b, (each) => led.push(each));
    second.show(SHOWN);
    window.lead({ ...LED, finding: { uid: "2.25.1", count: 1 } });
    expect(led.map((each) => each.finding?.uid)).toEqual([undefined, "2.25.1"]);
  });

  it("tells the first one its layout, and passes on keys and key images", () => {
    const [a, b] = ends();
    const { heard } = first(a);
    const second = new SecondWindow(b, () => undefined);
    second.show(SHOWN);
    second.press("findingAccept");
    second.mark({ sop_instance_uid: "1.2.1.7", frame: null });
    expect(heard).toMatchObject({ shown: [SHOWN], pressed: ["findingAccept"], marked: ["1.2.1.7"], presence: [true] });
  });

  it("hands what is drawn in it to the first one, which says what it shows of that", () => {
    const [a, b] = ends();
    const { window, heard } = first(a);
    const led: Led[] = [];
    const second = new SecondWindow(b, (each) => led.push(each));
    second.show(SHOWN);
    const measure = { id: "draft", kind: "bidirectional" as const, sopInstanceUid: "1.2.1.7", frame: 1, points: [[0, 0]] as const };
    second.draw({ what: "set", measure });
    expect(heard.strokes).toEqual([{ what: "set", measure }]);
    window.lead({ ...LED, drawn: { measures: [measure], isDrafting: true, corrected: "2.25.1", pointed: null } });
    expect(led[led.length - 1]?.drawn).toEqual({ measures: [measure], isDrafting: true, corrected: "2.25.1", pointed: null });
  });

  it("gives the images back when it closes", () => {
    const [a, b] = ends();
    const { heard } = first(a);
    const second = new SecondWindow(b, () => undefined);
    second.show(SHOWN);
    second.close();
    expect(heard.presence).toEqual([true, false]);
  });

  it("is missed when it crashed, and not while it is there", () => {
    const [a, b] = ends();
    const { heard } = first(a);
    new SecondWindow(b, () => undefined).show(SHOWN);
    vi.advanceTimersByTime(10 * MISSED_AFTER_MS);
    expect(heard.presence).toEqual([true]);
    b.postMessage = () => undefined;
    vi.advanceTimersByTime(MISSED_AFTER_MS + 1);
    expect(heard.presence).toEqual([true, false]);
  });

  it("is found again by a first window that was loaded anew", () => {
    const [a, b] = ends();
    new SecondWindow(b, () => undefined).show(SHOWN);
    expect(first(a).heard.presence).toEqual([true]);
  });
});
