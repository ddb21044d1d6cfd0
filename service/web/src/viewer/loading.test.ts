import { describe, expect, it } from "vitest";

import { loadOrder, type Progress, StackLoader } from "./loading";

describe("the order of loading", () => {
  it("begins with the slice on the screen, then findings, then outwards", () => {
    expect(loadOrder(7, 3, [6, 0])).toEqual([3, 6, 0, 4, 2, 5, 1]);
  });

  it.each([
    [1, 0],
    [300, 0],
    [300, 299],
    [300, 150],
  ])("has each of %i slices once from %i", (count, start) => {
    const order = loadOrder(count, start, [start, 5, 400, -1]);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
  });
});

/** A source whose answers come when the test says so. */
class Source {
  readonly asked: number[] = [];
  readonly #open = new Map<number, { resolve: () => void; reject: () => void }>();

  load = (index: number): Promise<void> => {
    this.asked.push(index);
    return new Promise((resolve, reject) => this.#open.set(index, { resolve, reject: () => reject(new Error("away")) }));
  };

  async answer(index: number, works = true): Promise<void> {
    const open = this.#open.get(index);
    if (works) open?.resolve();
    else open?.reject();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

describe("the loader", () => {
  it("asks for a few at a time and never twice", async () => {
    const source = new Source();
    const loader = new StackLoader(5, source.load, () => undefined, 2);
    loader.from(2);
    expect(source.asked).toEqual([2, 3]);
    await source.answer(2);
    expect(source.asked).toEqual([2, 3, 1]);
  });

  it("turns to where somebody jumped", async () => {
    const source = new Source();
    const loader = new StackLoader(100, source.load, () => undefined, 1);
    loader.from(50);
    loader.prefer(90);
    await source.answer(50);
    expect(source.asked).toEqual([50, 90]);
  });

  it("tells what could not be read, goes on, and tries it again when asked", async () => {
    const source = new Source();
    const told: Progress[] = [];
    const loader = new StackLoader(2, source.load, (progress) => told.push(progress), 1);
    loader.from(0);
    await source.answer(0, false);
    await source.answer(1);
    expect(told.at(-1)).toEqual({ loaded: 1, failed: [0], total: 2 });
    loader.from(0);
    await source.answer(0);
    expect(source.asked).toEqual([0, 1, 0]);
    expect(told.at(-1)).toEqual({ loaded: 2, failed: [], total: 2 });
  });

  it("says nothing after it was stopped", async () => {
    const source = new Source();
    const told: Progress[] = [];
    const loader = new StackLoader(3, source.load, (progress) => told.push(progress), 1);
    loader.from(0);
    loader.stop();
    await source.answer(0);
    expect(source.asked).toEqual([0]);
    expect(told).toEqual([]);
  });
});
