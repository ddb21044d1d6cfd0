/** One keydown handler and one table. Physical keys (`event.code`), so that a Chinese layout changes nothing. */

import { useEffect, useLayoutEffect, useRef } from "react";

/** What keys can do. The names are keys of the catalogues under `keys.`. */
export const DEFAULT_KEYS = {
  help: ["Shift+Slash"],
  lock: ["Ctrl+Shift+KeyL"],
  listNext: ["KeyJ", "ArrowDown"],
  listPrevious: ["KeyK", "ArrowUp"],
  listPageDown: ["PageDown"],
  listPageUp: ["PageUp"],
  listFirst: ["Home"],
  listLast: ["End"],
  listOpen: ["Enter"],
  listPreview: ["Space"],
  listUrgent: ["KeyU"],
  listFilter: ["KeyF"],
  listSearch: ["Slash"],
  listRefresh: ["KeyR"],
  urgency: ["Shift+KeyU"],
  urgencyCritical: ["Digit1"],
  urgencyHigh: ["Digit2"],
  urgencyNormal: ["Digit3"],
  close: ["Escape"],
  sliceNext: ["ArrowDown"],
  slicePrevious: ["ArrowUp"],
  sliceForward: ["PageDown"],
  sliceBack: ["PageUp"],
  sliceFirst: ["Home"],
  sliceLast: ["End"],
  toolWindow: ["KeyW"],
  toolZoom: ["KeyZ"],
  toolPan: ["Shift+KeyZ"],
  toolLength: ["KeyD"],
  toolBidirectional: ["KeyB"],
  toolEllipse: ["KeyE"],
  toolAngle: ["KeyG"],
  measureRemove: ["Delete"],
  invert: ["KeyI"],
  flip: ["KeyH"],
  rotate: ["KeyV"],
  reset: ["KeyR"],
  cine: ["KeyC"],
  layoutNext: ["KeyT"],
  viewportNext: ["Space"],
  prior: ["KeyP"],
  link: ["KeyS"],
  hangingSave: ["Shift+KeyT"],
  reformat: ["KeyQ"],
  keyImage: ["KeyK"],
  secondWindow: ["Shift+KeyW"],
  caseNext: ["Shift+ArrowRight"],
  casePrevious: ["Shift+ArrowLeft"],
  seriesRail: ["BracketLeft"],
  back: ["Backspace"],
  presetLung: ["Shift+Digit1"],
  presetMediastinum: ["Shift+Digit2"],
  presetBone: ["Shift+Digit3"],
  presetBrain: ["Shift+Digit4"],
  presetStroke: ["Shift+Digit5"],
  presetAbdomen: ["Shift+Digit6"],
  presetLiver: ["Shift+Digit7"],
  presetCta: ["Shift+Digit8"],
  finding1: ["Digit1"],
  finding2: ["Digit2"],
  finding3: ["Digit3"],
  finding4: ["Digit4"],
  finding5: ["Digit5"],
  finding6: ["Digit6"],
  finding7: ["Digit7"],
  finding8: ["Digit8"],
  finding9: ["Digit9"],
  findingNext: ["Period"],
  findingPrevious: ["Comma"],
  findingAccept: ["KeyA"],
  findingReject: ["KeyX"],
  findingDoubt: ["KeyU"],
  findingUndo: ["Ctrl+KeyZ"],
  findingCorrect: ["KeyM"],
  findingAdd: ["KeyN"],
  findingSave: ["Enter"],
  findingOverlays: ["KeyO"],
  findingLock: ["KeyL"],
  panelFindings: ["KeyF"],
  panelReport: ["KeyY"],
  panelHistory: ["KeyJ"],
  reportSign: ["Ctrl+Enter"],
  reportSubmit: ["Ctrl+Shift+Enter"],
  reportKeep: ["Ctrl+KeyS"],
  noticeCall: ["Shift+KeyC"],
  returnUndo: ["Shift+KeyR"],
  reportTemplate: ["Ctrl+KeyM"],
} as const satisfies Record<string, readonly string[]>;

export type Action = keyof typeof DEFAULT_KEYS;
export type Handlers = Partial<Record<Action, () => void>>;
export type KeyTable = Record<Action, readonly string[]>;

/** The chord of an event, as the table writes it: `Ctrl+Shift+KeyL`. Alt and Meta belong to browser and desktop. */
export function chordOf(event: Pick<KeyboardEvent, "code" | "ctrlKey" | "shiftKey" | "altKey" | "metaKey">): string | null {
  if (event.altKey || event.metaKey) return null;
  return (event.ctrlKey ? "Ctrl+" : "") + (event.shiftKey ? "Shift+" : "") + event.code;
}

/** Chords as keys are printed on a keyboard, for the help: `Shift 1`. */
export function printed(chord: string): string[] {
  if (chord === "Shift+Slash") return ["?"];
  const names: Record<string, string> = {
    ArrowDown: "↓",
    ArrowUp: "↑",
    ArrowLeft: "←",
    ArrowRight: "→",
    BracketLeft: "[",
    BracketRight: "]",
    Comma: ",",
    Escape: "Esc",
    Period: ".",
    Shift: "⇧",
    Slash: "/",
  };
  return chord.split("+").map((part) => names[part] ?? part.replace(/^(Key|Digit)/, ""));
}

/** Layers of handlers, the last added first: an overlay takes keys before the page beneath. */
export class Keyboard {
  readonly #layers: { handlers: () => Handlers; isOpaque: boolean }[] = [];
  #byChord = new Map<string, Action[]>();
  #table: KeyTable = DEFAULT_KEYS;

  constructor() {
    this.remap(DEFAULT_KEYS);
  }

  get table(): KeyTable {
    return this.#table;
  }

  remap(table: KeyTable): void {
    this.#table = table;
    this.#byChord = new Map();
    for (const [action, chords] of Object.entries(table) as [Action, readonly string[]][]) {
      for (const chord of chords) this.#byChord.set(chord, [...(this.#byChord.get(chord) ?? []), action]);
    }
  }

  /** Adds handlers; an opaque layer keeps keys from those below, as a dialog does. Returns the way to remove them. */
  add(handlers: () => Handlers, isOpaque = false): () => void {
    const layer = { handlers, isOpaque };
    this.#layers.push(layer);
    return () => {
      this.#layers.splice(this.#layers.indexOf(layer), 1);
    };
  }

  /** Does what a key would do, when it is pressed in another window of the same page. */
  perform(action: Action): void {
    for (const layer of [...this.#layers].reverse()) {
      const handler = layer.handlers()[action];
      if (handler !== undefined) return handler();
      if (layer.isOpaque) return undefined;
    }
    return undefined;
  }

  /** What keys do now, for the help. */
  actions(): Action[] {
    const known = this.#layers.flatMap((layer) => Object.keys(layer.handlers()) as Action[]);
    return (Object.keys(this.#table) as Action[]).filter((action) => known.includes(action));
  }

  readonly handle = (event: KeyboardEvent): void => {
    if (event.isComposing || event.defaultPrevented) return;
    const chord = chordOf(event);
    const actions = chord === null ? undefined : this.#byChord.get(chord);
    if (actions === undefined) return;
    const typing = isTextField(event.target);
    for (const layer of [...this.#layers].reverse()) {
      const handlers = layer.handlers();
      const action = actions.find((candidate) => handlers[candidate] !== undefined);
      if (action !== undefined && !(typing && takesText(event, action)) && !ownsKey(event)) {
        event.preventDefault();
        handlers[action]?.();
        return;
      }
      if (layer.isOpaque) return;
    }
  };
}

/** In a text field every key is the field's own, but for Escape and chords with Ctrl; Ctrl+Z takes back what was typed. */
function takesText(event: KeyboardEvent, action: Action): boolean {
  return action !== "close" && (!event.ctrlKey || action === "findingUndo");
}

function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

/** Enter and Space alone on a focused button or link press it. */
function ownsKey(event: KeyboardEvent): boolean {
  const isPress = !event.ctrlKey && (event.code === "Enter" || event.code === "Space");
  return isPress && event.target instanceof HTMLElement && ["BUTTON", "A", "SUMMARY"].includes(event.target.tagName);
}

export const keyboard = new Keyboard();

/** Handlers while a component is shown. They may change from one rendering to the next. */
export function useKeys(handlers: Handlers, isOpaque = false): void {
  const latest = useRef(handlers);
  useLayoutEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => keyboard.add(() => latest.current, isOpaque), [isOpaque]);
}
