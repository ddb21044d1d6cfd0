/** Two windows of one reader: the first keeps list, report and findings, the second shows the images. */

import type { Action } from "../../app/keyboard";
import type { ImagePlace } from "../../api/reading";
import type { ReadingSearch } from "../../app/router";
import type { Measure, OnImage } from "../../viewer/measure";
import type { Pointed } from "./findingMarks";
import type { Point } from "../../viewer/overlay";

/** What the first window decides. */
export interface Led {
  hospital: string;
  study: string;
  /** Tracking UID; count: another number with every choice, so that the same finding can be gone to again. */
  finding: { uid: string; count: number } | null;
  isOverlayShown: boolean;
  drawn: Drawn;
  /** Another reader holds the examination. */
  isTaken: boolean;
}

/** What the reader draws, as the first window holds it. */
export interface Drawn {
  /** Everybody's, with that of the finding that is corrected or added. */
  measures: readonly Measure[];
  /** The next stroke makes a finding's axes. */
  isDrafting: boolean;
  /** Tracking UID of the finding whose axes the draft has. */
  corrected: string | null;
  /** Where the finding that is corrected or added was said to be by a click; null where its axes are drawn. */
  pointed: Pointed | null;
}

/** What was drawn in the second window: it keeps nothing of it. */
export type Stroke =
  | { what: "moving"; measure: Measure }
  | { what: "set"; measure: Measure }
  | { what: "place"; image: OnImage; at: Point }
  /** The image that is looked at. */
  | { what: "look"; image: OnImage };

/** What the second window decides: the layout with its slices, as the address says it. */
export interface Shown {
  study: string;
  search: ReadingSearch;
}

type FromFirst = { kind: "led"; led: Led } | { kind: "hello" };
type FromSecond =
  | { kind: "shown"; shown: Shown }
  | { kind: "pressed"; action: Action }
  | { kind: "marked"; place: ImagePlace }
  | { kind: "stroke"; stroke: Stroke }
  | { kind: "gone" };

/** As `BroadcastChannel` has it. */
export interface Channel {
  postMessage: (message: unknown) => void;
  onmessage: ((event: MessageEvent) => void) | null;
  close: () => void;
}

/** The second window says this often that it is there; a browser that crashed says nothing more. */
export const SAID_EVERY_MS = 2000;
/** Browsers let timers of a covered window run once a second at most, so a few are awaited. */
export const MISSED_AFTER_MS = 3 * SAID_EVERY_MS;

export interface FirstHandlers {
  onPresence: (isThere: boolean) => void;
  onShown: (shown: Shown) => void;
  onPressed: (action: Action) => void;
  onMarked: (place: ImagePlace) => void;
  onStroke: (stroke: Stroke) => void;
}

export class FirstWindow {
  #led: Led | null = null;
  #missed: ReturnType<typeof setTimeout> | undefined;
  #isThere = false;

  /** wasThere: a second window was there a moment ago, with the examination before this one. */
  constructor(
    private readonly channel: Channel,
    private readonly handlers: FirstHandlers,
    wasThere = false,
  ) {
    this.#isThere = wasThere;
    if (wasThere) this.#missed = setTimeout(() => this.#be(false), MISSED_AFTER_MS);
    channel.onmessage = (event: MessageEvent<FromSecond>) => this.#hear(event.data);
    this.#say({ kind: "hello" });
  }

  lead(led: Led): void {
    this.#led = led;
    this.#say({ kind: "led", led });
  }

  close(): void {
    clearTimeout(this.#missed);
    this.channel.close();
  }

  #hear(message: FromSecond): void {
    if (message.kind === "gone") return this.#be(false);
    if (!this.#isThere && this.#led !== null) this.#say({ kind: "led", led: this.#led });
    this.#be(true);
    if (message.kind === "shown") this.handlers.onShown(message.shown);
    if (message.kind === "pressed") this.handlers.onPressed(message.action);
    if (message.kind === "marked") this.handlers.onMarked(message.place);
    if (message.kind === "stroke") this.handlers.onStroke(message.stroke);
  }

  #be(isThere: boolean): void {
    clearTimeout(this.#missed);
    if (isThere) this.#missed = setTimeout(() => this.#be(false), MISSED_AFTER_MS);
    if (isThere === this.#isThere) return;
    this.#isThere = isThere;
    this.handlers.onPresence(isThere);
  }

  #say(message: FromFirst): void {
    this.channel.postMessage(message);
  }
}

export class SecondWindow {
  #shown: Shown | null = null;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly channel: Channel,
    private readonly onLed: (led: Led) => void,
  ) {
    channel.onmessage = (event: MessageEvent<FromFirst>) => {
      if (event.data.kind === "led") this.onLed(event.data.led);
      else this.#again();
    };
    this.#timer = setInterval(() => this.#again(), SAID_EVERY_MS);
  }

  show(shown: Shown): void {
    this.#shown = shown;
    this.#again();
  }

  press(action: Action): void {
    this.#say({ kind: "pressed", action });
  }

  mark(place: ImagePlace): void {
    this.#say({ kind: "marked", place });
  }

  draw(stroke: Stroke): void {
    this.#say({ kind: "stroke", stroke });
  }

  /** The window goes: the images are wanted in the first one again. */
  close(): void {
    clearInterval(this.#timer);
    this.#say({ kind: "gone" });
    this.channel.close();
  }

  #again(): void {
    if (this.#shown !== null) this.#say({ kind: "shown", shown: this.#shown });
  }

  #say(message: FromSecond): void {
    this.channel.postMessage(message);
  }
}
