/** Changes as they happen: server-sent events, and a poll every ten seconds while they do not come. */

import type { LiveExamination } from "./types";

export type Connection = "live" | "polling" | "offline";

export interface LiveHandlers {
  onExamination: (change: LiveExamination) => void;
  onConnection: (connection: Connection) => void;
  onSessionEnded: () => void;
  /** Reads again what could have been missed; false when the centre did not answer. */
  poll: () => Promise<boolean>;
}

export const POLL_MS = 10_000;
const RECONNECT_MS = 5_000;

/** Follows `/room/v1/live`. The browser resumes by Last-Event-ID itself; a stream it gave up on is opened again. */
export class LiveFeed {
  #source: EventSource | null = null;
  #poll: ReturnType<typeof setInterval> | null = null;
  #reopen: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly handlers: LiveHandlers,
    private readonly url = "/room/v1/live",
  ) {}

  start(): void {
    this.#source = new EventSource(this.url);
    this.#source.addEventListener("open", () => this.#live());
    this.#source.addEventListener("error", () => this.#lost());
    this.#source.addEventListener("examination", (event: MessageEvent<string>) => {
      const told = JSON.parse(event.data) as Omit<LiveExamination, "seq">;
      this.handlers.onExamination({ ...told, seq: Number(event.lastEventId) });
    });
    this.#source.addEventListener("session-ended", () => {
      this.#source?.close();
      this.handlers.onSessionEnded();
    });
  }

  stop(): void {
    this.#source?.close();
    this.#source = null;
    if (this.#poll !== null) clearInterval(this.#poll);
    if (this.#reopen !== null) clearTimeout(this.#reopen);
    this.#poll = null;
    this.#reopen = null;
  }

  #live(): void {
    if (this.#poll !== null) clearInterval(this.#poll);
    this.#poll = null;
    this.handlers.onConnection("live");
    // What changed between the list's reading and now is told by no event.
    void this.handlers.poll();
  }

  #lost(): void {
    if (this.#poll === null) {
      this.#poll = setInterval(() => void this.#pollOnce(), POLL_MS);
      void this.#pollOnce();
    }
    if (this.#source?.readyState === 2 && this.#reopen === null) {
      this.#reopen = setTimeout(() => {
        this.#reopen = null;
        this.#source?.close();
        this.start();
      }, RECONNECT_MS);
    }
  }

  async #pollOnce(): Promise<void> {
    this.handlers.onConnection((await this.handlers.poll()) ? "polling" : "offline");
  }
}
