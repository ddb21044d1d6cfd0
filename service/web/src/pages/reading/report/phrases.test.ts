import { describe, expect, it } from "vitest";

import type { TemplateView } from "../../../api/templates";
import { expansion } from "./phrases";

function phrase(shortcut: string, words: string): TemplateView {
  const text = { findings: words, impression: "", advice: "" };
  const purpose = { modality: "", body_part: "", exam: "" };
  return { id: shortcut, kind: "phrase", language: "en", name: words, shortcut, text, ...purpose, origin: "own", may_change: true };
}

const PHRASES = [phrase("nb", "mine"), phrase("nb", "built in"), phrase("fu", "Follow-up.")];

describe("a phrase", () => {
  it("is called by its shortcut at the caret, the reader's own first", () => {
    expect(expansion("Nodule, /nb", 11, PHRASES)).toEqual({ start: 8, words: "mine" });
  });

  it("is called with the comma that a Chinese input method writes for the slash", () => {
    expect(expansion("\u3001fu", 3, PHRASES)).toEqual({ start: 0, words: "Follow-up." });
  });

  it("is not called by a part of its shortcut, an unknown one, or away from the caret", () => {
    for (const [text, caret] of [["/n", 2], ["/nbx", 4], ["/nb and more", 12], ["nb", 2], ["8/fu", 2]] as const) {
      expect(expansion(text, caret, PHRASES)).toBeNull();
    }
  });
});
