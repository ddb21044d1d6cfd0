/** The rows on the screen. They are read from the centre; what changes there never moves a row here by itself. */

import type { LiveExamination, WorklistPage, WorklistRow } from "../../api/types";
import { NO_FILTER, type WorklistFilter } from "../../api/worklist";

export interface WorklistSource {
  page: (filter: WorklistFilter, after: string | null, signal?: AbortSignal) => Promise<WorklistPage>;
  row: (hospital: string, studyInstanceUid: string) => Promise<WorklistRow>;
}

/** A row, when this browser got it (clocks run on from there, whatever the PC's own clock says), and after which event. */
export interface ShownRow extends WorklistRow {
  receivedAtMs: number;
  seq: number;
}

export interface WorklistState {
  rows: readonly ShownRow[];
  total: number;
  /** There are more than `total`: the centre does not count further. */
  isMoreThanTotal: boolean;
  more: boolean;
  /** `first`: nothing was read yet. `failed`: the rows are those of `readAt`. */
  phase: "first" | "reading" | "ready" | "failed";
  fault: unknown;
  readAt: number | null;
  /** Examinations that are new or stand elsewhere in the order since the list was read. */
  waiting: number;
}

const START: WorklistState = {
  rows: [],
  total: 0,
  isMoreThanTotal: false,
  more: false,
  phase: "first",
  fault: null,
  readAt: null,
  waiting: 0,
};

export function rowKey(row: Pick<WorklistRow, "hospital" | "study_instance_uid">): string {
  return `${row.hospital.id}/${row.study_instance_uid}`;
}

export class WorklistStore {
  #state: WorklistState = START;
  #filter: WorklistFilter = NO_FILTER;
  #next: string | null = null;
  #asked: AbortController | null = null;
  #isGrowing = false;
  #latestSeq = 0;
  #index = new Map<string, number>();
  readonly #waiting = new Set<string>();
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly source: WorklistSource,
    private readonly clock: () => number = Date.now,
  ) {}

  readonly state = (): WorklistState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Reads the list from its beginning; an older reading that is still under way is dropped. True when it was read. */
  async read(filter: WorklistFilter = this.#filter): Promise<boolean> {
    this.#asked?.abort();
    const asked = new AbortController();
    this.#asked = asked;
    this.#filter = filter;
    this.#become({ phase: this.#state.readAt === null ? "first" : "reading", fault: null });
    try {
      const page = await this.source.page(filter, null, asked.signal);
      if (asked.signal.aborted) return true;
      this.#waiting.clear();
      this.#take(page, []);
      return true;
    } catch (fault) {
      if (!asked.signal.aborted) this.#become({ phase: "failed", fault });
      return asked.signal.aborted;
    }
  }

  /** Appends the next page; asked for again and again while scrolling, it reads each page once. */
  async grow(): Promise<void> {
    if (!this.#state.more || this.#isGrowing || this.#state.phase !== "ready") return;
    this.#isGrowing = true;
    const asked = this.#asked;
    try {
      const page = await this.source.page(this.#filter, this.#next);
      if (asked === this.#asked) this.#take(page, this.#state.rows);
    } catch (fault) {
      if (asked === this.#asked) this.#become({ phase: "failed", fault });
    } finally {
      this.#isGrowing = false;
    }
  }

  /** Reads a changed row again and shows it where it stands; one that is not on the screen waits behind the bar. */
  async changed(change: LiveExamination): Promise<void> {
    const key = `${change.hospital}/${change.study_instance_uid}`;
    this.#latestSeq = Math.max(this.#latestSeq, change.seq);
    const at = this.#index.get(key);
    if (at === undefined) {
      this.#wait(key);
      return;
    }
    if ((this.#state.rows[at]?.seq ?? 0) >= change.seq) return;
    const row = await this.source.row(change.hospital, change.study_instance_uid);
    this.#replace(key, row, change.seq);
  }

  /** Shows what an act of this reader made of a row, where the row stands. */
  readonly put = (row: WorklistRow): void => this.#replace(rowKey(row), row, this.#latestSeq);

  /** Every row that is shown, compared with a fresh reading of the same first rows; the poll while nothing comes live. */
  async poll(): Promise<boolean> {
    if (this.#state.readAt === null || this.#state.phase === "failed") return this.read();
    try {
      const began = this.#latestSeq;
      const page = await this.source.page(this.#filter, null);
      if (this.#state.rows.length === 0 && page.items.length > 0) return await this.read();
      for (const row of page.items) {
        if (this.#index.has(rowKey(row))) this.#replace(rowKey(row), row, began);
        else this.#wait(rowKey(row));
      }
      this.#become({ total: page.total, isMoreThanTotal: page.more_than_total });
      return true;
    } catch {
      return false; // told by the connection light; the rows say their age
    }
  }

  /** seq: the event up to which the row is known to be true. */
  #replace(key: string, row: WorklistRow, seq: number): void {
    const at = this.#index.get(key);
    const known = at === undefined ? undefined : this.#state.rows[at];
    if (at === undefined || known === undefined || known.seq > seq) return;
    if (known.urgency.word !== row.urgency.word || known.exam_class?.word !== row.exam_class?.word) this.#wait(key);
    const rows = this.#state.rows.slice();
    rows[at] = { ...row, receivedAtMs: this.clock(), seq };
    this.#become({ rows });
  }

  /** Held back so that nothing moves; in an empty list there is nothing that could. */
  #wait(key: string): void {
    if (this.#state.rows.length === 0) {
      void this.read();
      return;
    }
    this.#waiting.add(key);
    this.#become({ waiting: this.#waiting.size });
  }

  #take(page: WorklistPage, before: readonly ShownRow[]): void {
    if (before.length === 0) this.#index = new Map();
    const rows = before.slice();
    for (const row of page.items) {
      // A row that moved to a later page meanwhile is shown once, where it was first.
      if (this.#index.has(rowKey(row))) continue;
      this.#index.set(rowKey(row), rows.length);
      rows.push({ ...row, receivedAtMs: this.clock(), seq: 0 });
    }
    this.#next = page.next;
    this.#become({
      rows,
      total: page.total,
      isMoreThanTotal: page.more_than_total,
      more: page.next !== null,
      phase: "ready",
      fault: null,
      readAt: before.length === 0 ? this.clock() : this.#state.readAt,
      waiting: this.#waiting.size,
    });
  }

  #become(change: Partial<WorklistState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
