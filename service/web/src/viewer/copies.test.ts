import { beforeAll, describe, expect, it, vi } from "vitest";

import { Copies, COPY_OR_STORED, HTJ2K_LOSSLESS, loadWith } from "./copies";

const NATIVE = "1.2.840.10008.1.2.1";

function described(...syntaxes: string[]): { "00083002": { vr: string; Value: string[] } } {
  return { "00083002": { vr: "UI", Value: syntaxes } };
}

function withCopy(imageId: string): Copies {
  const copies = new Copies();
  copies.note(imageId, described(NATIVE, HTJ2K_LOSSLESS));
  return copies;
}

/** What the image loader rejects with where the answer was not what was asked for; node has none of its own. */
class Unanswered {}

beforeAll(() => {
  vi.stubGlobal("XMLHttpRequest", Unanswered);
});

describe("a copy", () => {
  it("is asked for where the metadata name one beside what is stored", () => {
    expect(withCopy("a").headers("a")).toEqual({ Accept: COPY_OR_STORED });
    expect(withCopy("a").headers("b")).toEqual({});
  });

  it.each([[[NATIVE]], [[]], [[HTJ2K_LOSSLESS]], [[HTJ2K_LOSSLESS, NATIVE]]])("is not asked for of %j", (syntaxes) => {
    const copies = new Copies();
    copies.note("a", described(...syntaxes));
    expect(copies.headers("a")).toEqual({});
  });

  it("that cannot be decoded is passed over, and so are the others from then on", async () => {
    const copies = withCopy("a");
    copies.note("b", described(NATIVE, HTJ2K_LOSSLESS));
    const load = vi.fn((imageId: string) =>
      copies.isTaken(imageId) ? Promise.reject(new Error("no decoder")) : Promise.resolve(`${imageId} as stored`),
    );

    expect(await loadWith(load, "a", copies)).toBe("a as stored");
    expect(copies.areRefused).toBe(true);
    expect(await loadWith(load, "b", copies)).toBe("b as stored");
    expect(load).toHaveBeenCalledTimes(3);
  });

  it("whose answer did not come says nothing of copies", async () => {
    const copies = withCopy("a");
    const gone = new Unanswered();

    await expect(loadWith(() => Promise.reject(gone as unknown as Error), "a", copies)).rejects.toBe(gone);
    expect(copies.areRefused).toBe(false);
  });

  it("is not blamed for an image that has none", async () => {
    const copies = new Copies();
    const load = vi.fn(() => Promise.reject(new Error("broken")));

    await expect(loadWith(load, "a", copies)).rejects.toThrow("broken");
    expect([load.mock.calls.length, copies.areRefused]).toEqual([1, false]);
  });
});
