import { describe, expect, it } from "vitest";

import { declined, filled, isUntouched, offers, type Part, recognised, synced, taken, typed, wordsOf } from "./slots";

const NOBODY: ReadonlySet<string> = new Set();
const TEMPLATE = "Lungs expanded.\n{findings|No nodule.}\nHeart normal.";
const one = { owner: "1", text: "Right lung: nodule, 8 mm." };
const two = { owner: "2", text: "Left lung: nodule, 4 mm." };

function own(part: Part, owner: string): string | undefined {
  const span = part.spans.find((each) => each.owner === owner);
  return span === undefined ? undefined : wordsOf(part, span);
}

describe("lines of findings", () => {
  it("stand in place of the template's words, in their order, and give the place back", () => {
    const empty = filled(TEMPLATE);
    expect(empty.text).toBe("Lungs expanded.\nNo nodule.\nHeart normal.");
    const first = synced(empty, [one], NOBODY);
    const both = synced(first, [one, two], NOBODY);
    expect(both.text).toBe(`Lungs expanded.\n${one.text}\n${two.text}\nHeart normal.`);
    expect([own(both, "1"), own(both, "2")]).toEqual([one.text, two.text]);
    const second = synced(both, [two], NOBODY);
    expect(second.text).toBe(`Lungs expanded.\n${two.text}\nHeart normal.`);
    expect(synced(second, [], NOBODY).text).toBe(empty.text);
  });

  it("go to the end of a text without a place for them", () => {
    const part = synced({ text: "Free text.", spans: [], normal: "" }, [one, two], NOBODY);
    expect(part.text).toBe(`Free text.\n${one.text}\n${two.text}`);
    expect(synced(part, [one], NOBODY).text).toBe(`Free text.\n${one.text}`);
    expect(synced(part, [], NOBODY).text).toBe("Free text.");
  });

  it("follow a corrected finding while nobody edited them", () => {
    const part = synced(synced(filled(TEMPLATE), [one, two], NOBODY), [{ owner: "1", text: "Right lung: nodule, 9 mm." }, two], NOBODY);
    expect(part.text).toBe(`Lungs expanded.\nRight lung: nodule, 9 mm.\n${two.text}\nHeart normal.`);
    expect(own(part, "2")).toBe(two.text);
  });

  it("are the reader's once edited: nothing changes them unasked", () => {
    const part = synced(filled(TEMPLATE), [one], NOBODY);
    const edited = typed(part, part.text.replace("8 mm", "8 mm, spiculated"));
    expect(own(edited, "1")).toBe("Right lung: nodule, 8 mm, spiculated.");
    expect(edited.spans.every((span) => !isUntouched(edited, span))).toBe(true);
    const rejected = synced(edited, [], NOBODY);
    expect(rejected.text).toBe(edited.text);
    const [offer] = offers(rejected, []);
    expect(offer?.kind).toBe("left");
    if (offer === undefined) return;
    expect(taken(rejected, offer).text).toBe("Lungs expanded.\nHeart normal.");
    expect(declined(rejected, offer).text).toBe(edited.text);
    expect(offers(declined(rejected, offer), [])).toEqual([]);
  });

  it("are offered anew when the finding was corrected after the text", () => {
    const part = synced(filled(TEMPLATE), [one], NOBODY);
    const edited = typed(part, part.text.replace("nodule", "solid nodule"));
    const corrected = [{ owner: "1", text: "Right lung: nodule, 9 mm." }];
    expect(synced(edited, corrected, NOBODY).text).toBe(edited.text);
    const [offer] = offers(edited, corrected);
    expect(offer).toMatchObject({ kind: "differs", words: "Right lung: solid nodule, 8 mm.", now: "Right lung: nodule, 9 mm." });
    if (offer === undefined) return;
    expect(offers(declined(edited, offer), corrected)).toEqual([]);
    expect(taken(edited, offer).text).toContain("nodule, 9 mm.");
  });

  it("do not come back when the reader deleted them", () => {
    const part = synced(filled(TEMPLATE), [one], NOBODY);
    const without = typed(part, part.text.replace(`${one.text}\n`, ""));
    expect(synced(without, [one], NOBODY).text).toBe("Lungs expanded.\nHeart normal.");
    expect(offers(without, [one])).toEqual([]);
  });

  it("keep their place whatever is typed around them", () => {
    const part = synced(filled(TEMPLATE), [one], NOBODY);
    const before = typed(part, `Compared with 2025. ${part.text}`);
    const behind = typed(before, before.text.replace(`${one.text}\n`, `${one.text}\nPleura normal.\n`));
    expect(own(behind, "1")).toBe(one.text);
    expect(behind.spans.every((span) => isUntouched(behind, span))).toBe(true);
  });

  it("are known again in a text that comes back, and not written twice where it has its own words", () => {
    const part = recognised(`Free.\n${one.text}`, [one, two], "");
    expect(own(part, "1")).toBe(one.text);
    expect(synced(part, [one, two], new Set(["2"])).text).toBe(`Free.\n${one.text}`);
    expect(synced(part, [one, two], NOBODY).text).toBe(`Free.\n${one.text}\n${two.text}`);
  });

  it("of two findings that say the same are each known again, and go one by one", () => {
    const twin = { owner: "2", text: one.text };
    const part = recognised(`Free.\n${one.text}\n${twin.text}\nEnd.`, [one, twin], "");
    expect([own(part, "1"), own(part, "2")]).toEqual([one.text, one.text]);
    expect(synced(part, [one], NOBODY).text).toBe(`Free.\n${one.text}\nEnd.`);
    expect(synced(part, [], NOBODY).text).toBe("Free.\nEnd.");
  });
});
