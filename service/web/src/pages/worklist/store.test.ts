import { describe, expect, it } from "vitest";

import type { WorklistPage, WorklistRow } from "../../api/types";
import { NO_FILTER } from "../../api/worklist";
import { WorklistStore } from "./store";

function row(uid: string, more: Partial<WorklistRow> = {}): WorklistRow {
  return {
    hospital: { id: "3", name: "A" },
    study_instance_uid: uid,
    accession_number: "",
    patient: { id: uid, name: "A", alphabetic: "A", ideographic: "", phonetic: "", birth_date: null, sex: "", age: "" },
    exam_class: null,
    modality: "CT",
    body_part: "",
    description: "",
    study_date: null,
    images: { received: 1, expected: null },
    status: { word: "queued", text: "", reason: "", progress: null },
    urgency: { word: "normal", text: "", confirmed_by: null },
    ai: [],
    reader: null,
    report: null,
    prior_count: 0,
    clock: null,
    order_reason: "",
    flags: [],
    ...more,
  };
}

/** A centre with rows of its own, read a page at a time. */
class Centre {
  rows: WorklistRow[];
  fault: Error | null = null;
  pagesRead = 0;

  constructor(
    uids: string[],
    private readonly pageRows = 2,
  ) {
    this.rows = uids.map((uid) => row(uid));
  }

  page = async (_: unknown, after: string | null): Promise<WorklistPage> => {
    this.pagesRead += 1;
    if (this.fault !== null) throw this.fault;
    const start = Number(after ?? "0");
    const end = start + this.pageRows;
    const items = this.rows.slice(start, end);
    const next = end < this.rows.length ? String(end) : null;
    return { items, next, total: this.rows.length, more_than_total: false };
  };

  row = async (_: string, uid: string): Promise<WorklistRow> => {
    const found = this.rows.find((each) => each.study_instance_uid === uid);
    if (found === undefined) throw new Error(`no row ${uid}`);
    return found;
  };
}

function shown(store: WorklistStore): string[] {
  return store.state().rows.map((each) => each.study_instance_uid);
}

const change = (uid: string, seq: number) => ({ hospital: "3", study_instance_uid: uid, seq });

describe("the worklist", () => {
  it("grows a page at a time and reads each page once", async () => {
    const centre = new Centre(["1", "2", "3", "4", "5"]);
    const store = new WorklistStore(centre);
    await store.read();
    await Promise.all([store.grow(), store.grow(), store.grow()]);
    expect(shown(store)).toEqual(["1", "2", "3", "4"]);
    await store.grow();
    await store.grow();
    expect(shown(store)).toEqual(["1", "2", "3", "4", "5"]);
    expect(centre.pagesRead).toBe(3);
  });

  it("shows a changed row where it stands, also when it would stand elsewhere now", async () => {
    const centre = new Centre(["1", "2"]);
    const store = new WorklistStore(centre);
    await store.read();
    centre.rows = [row("2", { urgency: { word: "critical", text: "", confirmed_by: null } }), row("1")];
    await store.changed(change("2", 9));
    expect(shown(store)).toEqual(["1", "2"]);
    expect(store.state().rows[1]?.urgency.word).toBe("critical");
    expect(store.state().waiting).toBe(1);
  });

  it("shows a new examination at once where the list was empty", async () => {
    const centre = new Centre([]);
    const store = new WorklistStore(centre);
    await store.read();
    centre.rows = [row("0")];
    await store.changed(change("0", 5));
    await new Promise((resolve) => setTimeout(resolve));
    expect(shown(store)).toEqual(["0"]);
    expect(store.state().waiting).toBe(0);
  });

  it("counts new examinations once and shows them when asked to", async () => {
    const centre = new Centre(["1", "2"], 10);
    const store = new WorklistStore(centre);
    await store.read();
    centre.rows.unshift(row("0"));
    await store.changed(change("0", 5));
    await store.changed(change("0", 6));
    expect(shown(store)).toEqual(["1", "2"]);
    expect(store.state().waiting).toBe(1);
    await store.read();
    expect(shown(store)).toEqual(["0", "1", "2"]);
    expect(store.state().waiting).toBe(0);
  });

  it("shows at once what this reader made of a row, where it stands, and says that it would stand elsewhere", async () => {
    const centre = new Centre(["1", "2"]);
    const store = new WorklistStore(centre);
    await store.read();
    store.put(row("2", { urgency: { word: "critical", text: "", confirmed_by: { id: "7", name: "A" } } }));
    expect(shown(store)).toEqual(["1", "2"]);
    expect(store.state().rows[1]?.urgency.word).toBe("critical");
    expect(store.state().waiting).toBe(1);
  });

  it("is not thrown back by an answer that comes late", async () => {
    const centre = new Centre(["1"]);
    const store = new WorklistStore({ page: centre.page, row: (hospital, uid) => centre.row(hospital, uid) });
    await store.read();
    const late = { answer: (_: WorklistRow) => undefined as void };
    const old = new Promise<WorklistRow>((resolve) => {
      late.answer = resolve;
    });
    const fresh = centre.row;
    centre.row = () => old;
    const first = store.changed(change("1", 7));
    centre.row = fresh;
    centre.rows = [row("1", { images: { received: 9, expected: 9 } })];
    await store.changed(change("1", 8));
    late.answer(row("1"));
    await first;
    expect(store.state().rows[0]?.images.received).toBe(9);
  });

  it("keeps the old rows when the centre is away, and says since when they are", async () => {
    const centre = new Centre(["1", "2"]);
    const store = new WorklistStore(centre, () => 1000);
    await store.read();
    centre.fault = new Error("away");
    expect(await store.read()).toBe(false);
    expect(shown(store)).toEqual(["1", "2"]);
    expect(store.state()).toMatchObject({ phase: "failed", readAt: 1000, fault: centre.fault });
    centre.fault = null;
    expect(await store.poll()).toBe(true);
    expect(store.state().phase).toBe("ready");
  });

  it("shows the last filter that was asked for, whichever answer comes first", async () => {
    const centre = new Centre(["1", "2"]);
    const slow = { release: () => undefined as void };
    const waits = new Promise<void>((resolve) => {
      slow.release = resolve;
    });
    const store = new WorklistStore({
      row: centre.row,
      page: async (filter, after) => {
        if (filter.q === "slow") await waits;
        const page = await centre.page(filter, after);
        return filter.q === "slow" ? page : { ...page, items: page.items.slice(0, 1) };
      },
    });
    const first = store.read({ ...NO_FILTER, q: "slow" });
    await store.read({ ...NO_FILTER, q: "fast" });
    slow.release();
    await first;
    expect(shown(store)).toEqual(["1"]);
  });

  it("shows an examination once that moved to a later page while pages were read", async () => {
    const centre = new Centre(["1", "2", "3", "4"]);
    const store = new WorklistStore(centre);
    await store.read();
    centre.rows = ["3", "4", "1", "2"].map((uid) => row(uid));
    await store.grow();
    expect(shown(store)).toEqual(["1", "2"]);
  });

  it("polls what could have been missed without moving a row", async () => {
    const centre = new Centre(["1", "2"], 10);
    const store = new WorklistStore(centre);
    await store.read();
    centre.rows = [row("9"), row("2", { images: { received: 7, expected: 9 } }), row("1")];
    expect(await store.poll()).toBe(true);
    expect(shown(store)).toEqual(["1", "2"]);
    expect(store.state().rows[1]?.images.received).toBe(7);
    expect(store.state().waiting).toBe(1);
  });
});
