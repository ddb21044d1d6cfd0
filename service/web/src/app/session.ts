/** Who sits at the browser: one store outside React, told of every problem the room answers, and one with other windows. */

import { useSyncExternalStore } from "react";

import { room, RoomProblem, Unreachable } from "../api/client";
import { sessionApi } from "../api/session";
import type { SessionView } from "../api/types";
import { forgetCopies } from "./draftCopies";
import { language, speak } from "./i18n";

export type SessionState =
  | { kind: "asking" }
  | { kind: "nobody" }
  | { kind: "away" }
  | { kind: "somebody"; view: SessionView };

/** What windows of one browser tell each other. `changed` says nothing of how: who hears it asks the centre. */
type Told = "locked" | "changed";

class SessionStore {
  #state: SessionState = { kind: "asking" };
  readonly #listeners = new Set<() => void>();

  /** windows: the other windows and tabs of this browser, which share the session. */
  constructor(private readonly windows: BroadcastChannel) {
    room.onProblem((problem) => this.#heard(problem));
    windows.onmessage = (event: MessageEvent<Told>) => {
      if (event.data === "locked") this.#lockedNow();
      else void this.#askAgain();
    };
  }

  readonly state = (): SessionState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Asks the centre who this is. A centre that does not answer is `away`, which is not the same as nobody. */
  async ask(): Promise<void> {
    try {
      this.#enter(await sessionApi.read());
    } catch (fault) {
      if (fault instanceof RoomProblem && fault.status === 401) return;
      if (fault instanceof RoomProblem || fault instanceof Unreachable) this.#become({ kind: "away" });
      else throw fault;
    }
  }

  /** Shows what an act in this window made of the session, which is that of the other windows too. */
  enter(view: SessionView): void {
    this.#enter(view);
    this.#tell("changed");
  }

  #enter(view: SessionView): void {
    room.csrf = view.csrf;
    // Before any page asks for something: an answer stays in the language it was asked for in.
    if (view.needs === null && view.user.language !== language()) void speak(view.user.language);
    this.#become({ kind: "somebody", view });
  }

  async leave(): Promise<void> {
    await sessionApi.close();
    forgetCopies();
    this.#forget();
    this.#tell("changed");
  }

  /** The place is kept: only what is shown above it changes. */
  async lock(): Promise<void> {
    if (this.#state.kind !== "somebody" || this.#state.view.locked) return;
    this.#lockedNow();
    this.#tell("locked");
    await sessionApi.lock();
  }

  /** What another window changed. Where the centre does not answer, this one stays as it is, with its place. */
  async #askAgain(): Promise<void> {
    try {
      this.#enter(await sessionApi.read());
    } catch (fault) {
      if (!(fault instanceof RoomProblem || fault instanceof Unreachable)) throw fault;
    }
  }

  #tell(told: Told): void {
    this.windows.postMessage(told);
  }

  #heard(problem: RoomProblem): void {
    if (problem.status === 423) this.#lockedNow();
    if (problem.status === 401 && problem.code === "session-missing") this.#forget();
    if (problem.status === 401 && this.#state.kind === "asking") this.#forget();
  }

  #lockedNow(): void {
    if (this.#state.kind === "somebody") this.#become({ kind: "somebody", view: { ...this.#state.view, locked: true } });
  }

  #forget(): void {
    room.csrf = null;
    this.#become({ kind: "nobody" });
  }

  #become(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

export const session = new SessionStore(new BroadcastChannel("consilium.session"));

export function useSession(): SessionState {
  return useSyncExternalStore(session.subscribe, session.state);
}

/** The session of a page that is shown to somebody only. */
export function useReader(): SessionView {
  const state = useSession();
  if (state.kind !== "somebody") throw new Error("this page is shown to somebody only");
  return state.view;
}
