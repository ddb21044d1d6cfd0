/** The way of a draft to the centre: one sending after the other, soon after the last word or at once. No React. */

import { RoomProblem, Unreachable } from "../../../api/client";
import type { Phase } from "./draftState";

interface Sends {
  /** Sends what stands now. True when the centre has all of it. */
  deliver: (isKept: boolean) => Promise<boolean>;
  /** Its time has come. */
  onDue: () => void;
  onSending: (isSaving: boolean) => void;
}

export class Outbox {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<boolean> | null = null;

  constructor(private readonly sends: Sends) {}

  get isSending(): boolean {
    return this.#sending !== null;
  }

  /** Whether something is to go by itself. */
  get isDueLater(): boolean {
    return this.#timer !== undefined;
  }

  later(afterMs: number): void {
    this.hold();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.sends.onDue();
    }, afterMs);
  }

  /** Nothing goes by itself. */
  hold(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Resolves when nothing is on its way. */
  async settled(): Promise<void> {
    if (this.#sending !== null) await this.#sending;
  }

  async send(isKept: boolean): Promise<boolean> {
    this.hold();
    const sent = this.sends.deliver(isKept);
    this.#sending = sent;
    this.sends.onSending(true);
    try {
      return await sent;
    } finally {
      this.#sending = null;
      this.sends.onSending(false);
    }
  }
}

/** How a draft stands that was not taken; null where somebody else was quicker. */
export function standsAfter(fault: unknown): Phase | null {
  if (fault instanceof Unreachable || (fault instanceof RoomProblem && fault.status >= 500)) return { kind: "kept-here", isLocked: false };
  if (!(fault instanceof RoomProblem)) return { kind: "refused", fault };
  if (fault.status === 401 || fault.status === 423) return { kind: "kept-here", isLocked: true };
  return fault.code === "stale" || fault.code === "wrong-state" ? null : { kind: "refused", fault };
}
