import { describe, expect, it } from "vitest";

import { type Action, chordOf, DEFAULT_KEYS, Keyboard, printed } from "./keyboard";

class Target {
  isContentEditable = false;
  constructor(readonly tagName: string) {}
}
Object.assign(globalThis, { HTMLElement: Target });

function pressed(code: string, more: Partial<Record<string, unknown>> = {}): KeyboardEvent & { prevented: boolean } {
  const event = {
    code,
    ctrlKey: false,
    shiftKey: false,
    altKey: false,
    metaKey: false,
    isComposing: false,
    defaultPrevented: false,
    target: new Target("BODY"),
    prevented: false,
    preventDefault: () => {
      event.prevented = true;
    },
    ...more,
  };
  return event as unknown as KeyboardEvent & { prevented: boolean };
}

function listening(actions: Action[]): { keyboard: Keyboard; done: Action[] } {
  const keyboard = new Keyboard();
  const done: Action[] = [];
  keyboard.add(() => Object.fromEntries(actions.map((action) => [action, () => done.push(action)])));
  return { keyboard, done };
}

describe("a key", () => {
  it("does what the table says, whatever the layout calls it", () => {
    const { keyboard, done } = listening(["listNext"]);
    const event = pressed("KeyJ", { key: "й" });
    keyboard.handle(event);
    expect(done).toEqual(["listNext"]);
    expect(event.prevented).toBe(true);
  });

  it.each(["INPUT", "TEXTAREA", "SELECT"])("belongs to the %s that has the focus", (tag) => {
    const { keyboard, done } = listening(["listNext", "close", "listSearch"]);
    keyboard.handle(pressed("KeyJ", { target: new Target(tag) }));
    keyboard.handle(pressed("Slash", { target: new Target(tag) }));
    expect(done).toEqual([]);
    keyboard.handle(pressed("Escape", { target: new Target(tag) }));
    expect(done).toEqual(["close"]);
  });

  it("signs wherever the focus is: a button takes Enter alone", () => {
    const { keyboard, done } = listening(["reportSign", "listOpen"]);
    keyboard.handle(pressed("Enter", { target: new Target("BUTTON") }));
    expect(done).toEqual([]);
    for (const tag of ["BUTTON", "TEXTAREA", "BODY"]) keyboard.handle(pressed("Enter", { ctrlKey: true, target: new Target(tag) }));
    expect(done).toEqual(["reportSign", "reportSign", "reportSign"]);
  });

  it("belongs to the input method while characters are composed", () => {
    const { keyboard, done } = listening(["listNext"]);
    keyboard.handle(pressed("KeyJ", { isComposing: true }));
    expect(done).toEqual([]);
  });

  it.each([["altKey"], ["metaKey"], ["ctrlKey"]])("with %s is the browser's unless the table names it", (modifier) => {
    const { keyboard, done } = listening(["listNext", "listRefresh"]);
    const event = pressed("KeyR", { [modifier]: true });
    keyboard.handle(event);
    expect(done).toEqual([]);
    expect(event.prevented).toBe(false);
  });

  it("presses the button that has the focus and opens no row", () => {
    const { keyboard, done } = listening(["listOpen"]);
    keyboard.handle(pressed("Enter", { target: new Target("BUTTON") }));
    expect(done).toEqual([]);
  });

  it("reaches no page under a dialog", () => {
    const { keyboard, done } = listening(["listNext", "close"]);
    const remove = keyboard.add(() => ({}), true);
    keyboard.handle(pressed("KeyJ"));
    expect(done).toEqual([]);
    remove();
    keyboard.handle(pressed("KeyJ"));
    expect(done).toEqual(["listNext"]);
  });

  it("can be another one", () => {
    const { keyboard, done } = listening(["listNext"]);
    keyboard.remap({ ...DEFAULT_KEYS, listNext: ["KeyN"] });
    keyboard.handle(pressed("KeyJ"));
    keyboard.handle(pressed("KeyN"));
    expect(done).toEqual(["listNext"]);
  });
});

describe("the table", () => {
  it("gives one page no key twice", () => {
    const pages: Action[][] = ["list", "slice|tool|preset|invert|reset|seriesRail|back|finding"].map((prefix) =>
      (Object.keys(DEFAULT_KEYS) as Action[]).filter((action) => new RegExp(`^(${prefix})`).test(action)),
    );
    for (const page of pages) {
      const chords = [...page, "help" as const, "lock" as const, "close" as const].flatMap((action) => DEFAULT_KEYS[action]);
      expect(new Set(chords).size).toBe(chords.length);
    }
  });

  it("leaves function keys and Alt to the browser", () => {
    const chords = Object.values(DEFAULT_KEYS).flat();
    expect(chords.filter((chord) => /^F\d+$|Alt|Meta/.test(chord))).toEqual([]);
  });

  it("is printed as keys are labelled", () => {
    expect(printed("Shift+Digit1")).toEqual(["⇧", "1"]);
    expect(printed("Shift+Slash")).toEqual(["?"]);
    expect(chordOf({ code: "KeyL", ctrlKey: true, shiftKey: true, altKey: false, metaKey: false })).toBe("Ctrl+Shift+KeyL");
  });
});
