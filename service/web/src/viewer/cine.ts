/** Walks through a stack by itself, at so many slices a second, from the last to the first again. */

export const SPEEDS = [5, 10, 15, 20, 30] as const;
export type Speed = (typeof SPEEDS)[number];

export interface Walked {
  readonly index: number;
  readonly count: number;
  jumpTo: (index: number) => void;
}

export class Cine {
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(private readonly walked: Walked) {}

  /** perSecond: slices; another speed while it runs takes over at once. */
  start(perSecond: Speed): void {
    this.stop();
    this.#timer = setInterval(() => {
      if (this.walked.count > 1) this.walked.jumpTo((this.walked.index + 1) % this.walked.count);
    }, 1000 / perSecond);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
