/** Whether somebody is at the machine: keyboard, pointer and wheel count; a mouse lying still does not. */

import { room } from "../api/client";
import { sessionApi } from "../api/session";
import { session } from "./session";

/** The centre counts activity by calls into the room; who only scrolls makes none. */
const HEARTBEAT_MS = 60_000;
const CHECK_MS = 1_000;
/** The centre learns of a touch here up to a heartbeat late; only what is newer by more was a touch in another tab. */
const LATE_S = 90;

export class Activity {
  #lastAt = Date.now();
  #told = true;
  #asking = false;
  #timers: ReturnType<typeof setInterval>[] = [];

  /** Locks after idleLockS without a touch, and tells the centre about once a minute of one. Returns the way to stop. */
  watch(idleLockS: number): () => void {
    const seen = (): void => {
      this.#lastAt = Date.now();
      this.#told = false;
    };
    const kinds = ["keydown", "pointerdown", "pointermove", "wheel"] as const;
    for (const kind of kinds) window.addEventListener(kind, seen, { passive: true, capture: true });
    room.takeActivity = () => this.take();
    this.#timers = [
      setInterval(() => {
        if (Date.now() - this.#lastAt >= idleLockS * 1000) void this.#lockIfIdle(idleLockS);
      }, CHECK_MS),
      setInterval(() => {
        if (!this.#told) room.get("/session").catch(() => undefined);
      }, HEARTBEAT_MS),
    ];
    seen();
    return () => {
      for (const kind of kinds) window.removeEventListener(kind, seen, { capture: true });
      for (const timer of this.#timers) clearInterval(timer);
      room.takeActivity = () => false;
    };
  }

  /** Locks, unless the centre knows of work in another tab: the full viewer is one that nothing here can see. */
  async #lockIfIdle(idleLockS: number): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const idleS = await sessionApi.read().then((view) => view.idle_s, () => Infinity);
    this.#asking = false;
    if (idleS < idleLockS - LATE_S) this.#lastAt = Date.now() - idleS * 1000;
    else lockQuietly();
  }

  /** True once after each touch. */
  take(): boolean {
    const isNew = !this.#told;
    this.#told = true;
    return isNew;
  }
}

/** Where the centre does not answer, the screen is locked all the same; the centre locks by its own clock. */
function lockQuietly(): void {
  session.lock().catch(() => undefined);
}
