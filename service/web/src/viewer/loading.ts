/** In which order slices are loaded: what somebody looks at first, then the findings', then outwards from the middle. */

/** Indices 0…count-1, each once. start: the slice on the screen; first: slices with findings. */
export function loadOrder(count: number, start: number, first: readonly number[] = []): number[] {
  const order = new Set<number>();
  const add = (index: number): void => {
    if (index >= 0 && index < count) order.add(index);
  };
  add(start);
  for (const index of first) add(index);
  for (let distance = 1; distance < count; distance += 1) {
    add(start + distance);
    add(start - distance);
  }
  return [...order];
}

export type LoadOne = (index: number) => Promise<unknown>;

export interface Progress {
  loaded: number;
  failed: readonly number[];
  total: number;
}

/** Loads a stack with a few requests at a time, and again in another order when somebody jumps. */
export class StackLoader {
  #waiting: number[] = [];
  readonly #done = new Set<number>();
  readonly #failed = new Set<number>();
  #running = 0;
  #isStopped = false;

  constructor(
    private readonly total: number,
    private readonly load: LoadOne,
    private readonly onProgress: (progress: Progress) => void,
    private readonly atATime = 4,
  ) {}

  /** Goes on from here. What is loaded or under way is not asked for again; what failed is tried once more. */
  from(start: number, first: readonly number[] = []): void {
    this.#failed.clear();
    this.#waiting = loadOrder(this.total, start, first).filter((index) => !this.#done.has(index));
    while (this.#running < this.atATime && this.#waiting.length > 0 && !this.#isStopped) void this.#work();
  }

  /** Takes a slice that is wanted now to the front, without trying failed ones again. */
  prefer(start: number): void {
    const waiting = new Set(this.#waiting);
    this.#waiting = loadOrder(this.total, start).filter((index) => waiting.has(index));
  }

  stop(): void {
    this.#isStopped = true;
    this.#waiting = [];
  }

  async #work(): Promise<void> {
    this.#running += 1;
    for (let index = this.#waiting.shift(); index !== undefined; index = this.#waiting.shift()) {
      try {
        await this.load(index);
        this.#done.add(index);
      } catch {
        this.#failed.add(index); // told by onProgress; `from` tries it again
      }
      if (!this.#isStopped) {
        this.onProgress({ loaded: this.#done.size, failed: [...this.#failed], total: this.total });
      }
    }
    this.#running -= 1;
  }
}
