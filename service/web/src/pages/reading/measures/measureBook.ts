/** Measures of one study: the reader's own, which the centre gets one after the other, and those of others. No React. */

import { RoomProblem, Unreachable } from "../../../api/client";
import type { MeasureBody, MeasureView } from "../../../api/measures";
import type { MeasuresCopy } from "../../../app/draftCopies";
import type { Measure } from "../../../viewer/measure";

const TRY_AGAIN_MS = 5000;

/** A measure that the centre knows, and the series its image belongs to. */
export interface Placed {
  study: string;
  series: string;
}

export type BookPhase =
  | { kind: "kept" }
  | { kind: "sending" }
  /** The centre is not reached, or the session is locked: what was drawn waits in this browser. */
  | { kind: "waiting"; isLocked: boolean }
  | { kind: "refused"; fault: unknown };

export interface BookState {
  /** In the order in which they were drawn or last changed. */
  own: readonly Measure[];
  /** Named by their authors; they can be looked at only. */
  others: readonly Measure[];
  /** By id, of those the centre knows. */
  places: Readonly<Record<string, Placed>>;
  phase: BookPhase;
}

export interface BookCalls {
  keep: (id: string, measure: MeasureBody) => Promise<void>;
  remove: (id: string) => Promise<void>;
}

interface Around {
  calls: BookCalls;
  copy: { read(): MeasuresCopy | null; write(copy: MeasuresCopy): void; drop(): void };
  userId: string;
}

export class MeasureBook {
  #state: BookState = { own: [], others: [], places: {}, phase: { kind: "kept" } };
  /** As the centre has them. */
  #known: readonly Measure[] = [];
  /** What is to become of each, in the order in which it was asked for; null: it is to be removed. */
  readonly #unsent: Map<string, Measure | null>;
  /** How many acts the centre has done, and the last of each measure: an answer may be older than they are. */
  #done = 0;
  readonly #doneLast = new Map<string, number>();
  #isSending = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(private readonly around: Around) {
    const unsent = around.copy.read()?.unsent ?? [];
    this.#unsent = new Map(unsent.map(([id, body]) => [id, body === null ? null : measureOf(id, body)]));
    this.#become({});
  }

  readonly state = (): BookState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  own(id: string): Measure | undefined {
    return this.#state.own.find((each) => each.id === id);
  }

  /** Goes with a question to the centre: what was done before its answer was asked for. */
  get done(): number {
    return this.#done;
  }

  /** What the centre tells of the study's measures; what is not sent yet, or was done since it was asked, stands over it. */
  show(views: readonly MeasureView[], askedAfter: number): void {
    const isOld = (id: string): boolean => (this.#doneLast.get(id) ?? 0) > askedAfter;
    const told = views.filter(({ id, by }) => by.id === this.around.userId && !isOld(id)).map((each) => measureOf(each.id, each));
    this.#known = [...told, ...this.#known.filter(({ id }) => isOld(id))];
    this.#become({
      others: views.filter(({ by }) => by.id !== this.around.userId).map((each) => ({ ...measureOf(each.id, each), by: each.by.name })),
      places: Object.fromEntries(views.map((each) => [each.id, { study: each.study_instance_uid, series: each.series_instance_uid }])),
    });
    void this.send();
  }

  /** Keeps a new measure, or another form of a known one. */
  set(measure: Measure): void {
    this.#ask(measure.id, measure);
  }

  remove(id: string): void {
    this.#ask(id, null);
  }

  /** Sends what was not sent. */
  async send(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      for (let next = this.#next(); next !== undefined && (await this.#sent(...next)); next = this.#next());
    } finally {
      this.#isSending = false;
    }
  }

  /** The page is left: nothing is tried again from here; what is not sent stays in the browser. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #next(): [string, Measure | null] | undefined {
    return this.#unsent.entries().next().value;
  }

  /** True when the centre answered, so that the next one can go. */
  async #sent(id: string, measure: Measure | null): Promise<boolean> {
    this.#become({ phase: { kind: "sending" } });
    const { calls } = this.around;
    try {
      await (measure === null ? calls.remove(id) : calls.keep(id, bodyOf(measure)));
    } catch (fault) {
      return this.#failed(id, measure, fault);
    }
    this.#done += 1;
    this.#doneLast.set(id, this.#done);
    const others = this.#known.filter((each) => each.id !== id);
    this.#known = measure === null ? others : [...others, measure];
    this.#settled(id, measure);
    this.#become({ phase: this.#unsent.size === 0 ? { kind: "kept" } : { kind: "sending" } });
    return true;
  }

  #failed(id: string, measure: Measure | null, fault: unknown): boolean {
    const isLocked = fault instanceof RoomProblem && (fault.status === 401 || fault.status === 423);
    if (isLocked || fault instanceof Unreachable || (fault instanceof RoomProblem && fault.status >= 500)) {
      this.#become({ phase: { kind: "waiting", isLocked } });
      if (!isLocked) this.#timer = setTimeout(() => void this.send(), TRY_AGAIN_MS);
      return false;
    }
    // The centre will never take it: what it has stands again, and the reader is told.
    this.#settled(id, measure);
    this.#become({ phase: { kind: "refused", fault } });
    return true;
  }

  /** One that was changed on the way goes again. */
  #settled(id: string, measure: Measure | null): void {
    if (this.#unsent.get(id) === measure) this.#unsent.delete(id);
    this.#write();
  }

  #ask(id: string, measure: Measure | null): void {
    this.#unsent.delete(id);
    this.#unsent.set(id, measure);
    this.#write();
    this.#become({});
    void this.send();
  }

  #write(): void {
    if (this.#unsent.size === 0) this.around.copy.drop();
    else this.around.copy.write({ unsent: [...this.#unsent].map(([id, each]) => [id, each === null ? null : bodyOf(each)]), at: Date.now() });
  }

  #become(change: Partial<Omit<BookState, "own">>): void {
    const stands = this.#known.filter(({ id }) => !this.#unsent.has(id));
    const drawn = [...this.#unsent.values()].filter((each) => each !== null);
    this.#state = { ...this.#state, ...change, own: [...stands, ...drawn] };
    for (const listener of this.#listeners) listener();
  }
}

function measureOf(id: string, { kind, sop_instance_uid, frame, points_px }: MeasureBody): Measure {
  return { id, kind, sopInstanceUid: sop_instance_uid, frame, points: points_px };
}

function bodyOf({ kind, sopInstanceUid, frame, points }: Measure): MeasureBody {
  return { kind, sop_instance_uid: sopInstanceUid, frame, points_px: points };
}
