/** Phrases by shortcut: `/nb` and a space become the phrase's words. */

import type { TemplateView } from "../../../api/templates";

/** A Chinese input method writes an enumeration comma for the slash. */
const CALLED = /[/\u3001]([a-z0-9]{1,16})$/;

export interface Expansion {
  /** Where the shortcut begins in the text. */
  start: number;
  words: string;
}

/** The phrase whose shortcut ends at the caret; the list is the nearest to the reader first. */
export function expansion(text: string, caret: number, phrases: readonly TemplateView[]): Expansion | null {
  const called = CALLED.exec(text.slice(0, caret));
  const phrase = phrases.find((each) => each.kind === "phrase" && each.shortcut === called?.[1]);
  return called === null || phrase === undefined ? null : { start: called.index, words: phrase.text.findings };
}

/** Puts the words in place of the shortcut as if they were typed, so that the field's own undo takes them back. */
export function expand(field: HTMLTextAreaElement, phrases: readonly TemplateView[]): boolean {
  const { selectionStart, selectionEnd, value } = field;
  const found = selectionStart === selectionEnd ? expansion(value, selectionStart, phrases) : null;
  if (found === null) return false;
  field.setSelectionRange(found.start, selectionEnd);
  // The only way that keeps the field's history; every browser has it.
  document.execCommand("insertText", false, found.words);
  return true;
}
