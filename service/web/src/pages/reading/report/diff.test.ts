import { describe, expect, it } from "vitest";

import { difference } from "./diff";

const before = (text: ReturnType<typeof difference>): string => text.filter((each) => each.kind !== "new").map((each) => each.text).join("");
const after = (text: ReturnType<typeof difference>): string => text.filter((each) => each.kind !== "gone").map((each) => each.text).join("");

describe("the difference of two texts", () => {
  it("shows the words that changed and no others", () => {
    expect(difference("Right lung: nodule, 8.4 mm.", "Left lung: nodule, 8.4 mm.")).toEqual([
      { kind: "gone", text: "Right" },
      { kind: "new", text: "Left" },
      { kind: "same", text: " lung: nodule, 8.4 mm." },
    ]);
  });

  it("holds a number together", () => {
    expect(difference("8.4 mm", "8.5 mm")[0]).toEqual({ kind: "gone", text: "8.4" });
  });

  it("gives both texts back, whatever they are", () => {
    const letters = ["\u53f3", "\u80ba", "a", " ", "\n", "7", "."];
    let seed = 7;
    const random = (): string => {
      let text = "";
      for (let at = 0; at < 40; at += 1) {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        if (seed % 3 > 0) text += letters[seed % letters.length] ?? "";
      }
      return text;
    };
    for (let round = 0; round < 200; round += 1) {
      const [one, other] = [random(), random()];
      const found = difference(one, other);
      expect([before(found), after(found)]).toEqual([one, other]);
    }
  });

  it("ends on texts that have nothing in common", () => {
    const found = difference("a b ".repeat(3000), "c\nd\n".repeat(3000));
    expect([before(found).length, after(found).length]).toEqual([12000, 12000]);
  });
});
