import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { RoomProblem, Unreachable } from "../../../api/client";
import type { MeasureBody, MeasureView } from "../../../api/measures";
import { forgetCopies, MeasuresCopies } from "../../../app/draftCopies";
import type { Measure } from "../../../viewer/measure";
import { MeasureBook } from "./measureBook";

/** Keeps measures as the centre does, and is away or refuses when it is told to. */
class Centre {
  readonly kept = new Map<string, MeasureBody>();
  asked = 0;
  fault: Error | null = null;

  readonly keep = (id: string, body: MeasureBody): Promise<void> => this.#do(() => this.kept.set(id, body));
  readonly remove = (id: string): Promise<void> => this.#do(() => this.kept.delete(id));

  tells(): MeasureView[] {
    return [...this.kept].map(([id, body]) => ({ ...body, id, study_instance_uid: "1", series_instance_uid: "1.1", by: { id: "me", name: "Me" }, at: "" }));
  }

  async #do(act: () => void): Promise<void> {
    this.asked += 1;
    await Promise.resolve();
    if (this.fault !== null) throw this.fault;
    act();
  }
}

class Shelf implements Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  [key: string]: unknown;
  getItem(key: string): string | null {
    return (this[key] as string | undefined) ?? null;
  }
  setItem(key: string, value: string): void {
    this[key] = value;
  }
  removeItem(key: string): void {
    delete this[key];
  }
}

const length = (id: string, to = 9): Measure => ({ id, kind: "length", sopInstanceUid: "1.2", frame: 1, points: [[0, 0], [to, 0]] });

let centre: Centre;
let shelf: Storage;
const opened = (): MeasureBook => new MeasureBook({ calls: centre, copy: new MeasuresCopies("me", "h", "1", shelf), userId: "me" });
const settled = async (): Promise<void> => {
  await vi.advanceTimersByTimeAsync(0);
};

beforeEach(() => {
  vi.useFakeTimers();
  centre = new Centre();
  shelf = new Shelf() as unknown as Storage;
});
afterEach(() => vi.useRealTimers());

describe("a reader's measures", () => {
  it("are with the centre as soon as they are drawn, and leave no copy behind", async () => {
    const book = opened();
    book.set(length("a"));
    await settled();
    expect([...centre.kept.keys()]).toEqual(["a"]);
    expect(book.state().phase).toEqual({ kind: "kept" });
    expect(Object.keys(shelf)).toEqual([]);
  });

  it("that are drawn without a connection stay on the page, over a reload too, and are sent when it comes back", async () => {
    centre.fault = new Unreachable();
    const before = opened();
    before.set(length("a"));
    before.set(length("b"));
    await settled();
    expect(before.state().own.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(before.state().phase).toEqual({ kind: "waiting", isLocked: false });
    before.stop();

    const after = opened();
    expect(after.state().own.map(({ id }) => id)).toEqual(["a", "b"]);
    centre.fault = null;
    await after.send();
    expect([...centre.kept.keys()]).toEqual(["a", "b"]);
    expect(Object.keys(shelf)).toEqual([]);
  });

  it("are tried again by themselves while the centre is away", async () => {
    centre.fault = new Unreachable();
    const book = opened();
    book.set(length("a"));
    await settled();
    centre.fault = null;
    await vi.advanceTimersByTimeAsync(10_000);
    expect([...centre.kept.keys()]).toEqual(["a"]);
    expect(book.state().phase).toEqual({ kind: "kept" });
  });

  it("wait for the password while the session is locked, without asking the centre again and again", async () => {
    centre.fault = new RoomProblem(423, "locked", "", null, null, null);
    const book = opened();
    book.set(length("a"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(centre.asked).toBe(1);
    expect(book.state().phase).toEqual({ kind: "waiting", isLocked: true });
    centre.fault = null;
    await book.send();
    expect([...centre.kept.keys()]).toEqual(["a"]);
  });

  it("go as they are at last: what was moved on the way is sent once more", async () => {
    const book = opened();
    book.set(length("a", 5));
    book.set(length("a", 7));
    await settled();
    expect(centre.kept.get("a")?.points_px).toEqual([[0, 0], [7, 0]]);
    expect(book.own("a")?.points).toEqual([[0, 0], [7, 0]]);
  });

  it("that were removed without a connection are not drawn again by what the centre still tells", async () => {
    const book = opened();
    book.set(length("a"));
    await settled();
    centre.fault = new Unreachable();
    book.remove("a");
    await settled();
    book.show(centre.tells(), book.done);
    expect(book.state().own).toEqual([]);
  });

  it("the centre refuses do not stand, and do not hold up the next one", async () => {
    const book = opened();
    centre.fault = new RoomProblem(422, "invalid-request", "too many", null, null, null);
    book.set(length("a"));
    await settled();
    expect(book.state().own).toEqual([]);
    expect(book.state().phase.kind).toBe("refused");
    centre.fault = null;
    book.set(length("b"));
    await settled();
    expect([...centre.kept.keys()]).toEqual(["b"]);
  });

  it("are forgotten with the rest where the reader signs out", async () => {
    centre.fault = new Unreachable();
    opened().set(length("a"));
    await settled();
    forgetCopies(shelf);
    expect(Object.keys(shelf)).toEqual([]);
  });
});

describe("others' measures", () => {
  it("are named by their author and are no part of one's own", () => {
    const book = opened();
    centre.kept.set("x", { kind: "length", sop_instance_uid: "1.2", frame: 1, points_px: [[0, 0], [1, 1]] });
    book.show(centre.tells().map((each) => ({ ...each, by: { id: "anna", name: "Anna" } })), book.done);
    expect(book.state().own).toEqual([]);
    expect(book.state().others.map(({ id, by }) => [id, by])).toEqual([["x", "Anna"]]);
    expect(book.state().places).toEqual({ x: { study: "1", series: "1.1" } });
  });

  it("that were taken away do not come back with an answer that was asked for before", async () => {
    const book = opened();
    book.set(length("a"));
    await settled();
    const askedAfter = book.done;
    const old = centre.tells();
    book.remove("a");
    book.set(length("b"));
    await settled();
    book.show(old, askedAfter);
    expect(book.state().own.map(({ id }) => id)).toEqual(["b"]);
    book.show(centre.tells(), book.done);
    expect(book.state().own.map(({ id }) => id)).toEqual(["b"]);
  });
});
