import { useSyncExternalStore } from "react";

import type { ExaminationClock } from "../../api/types";

const TICK_MS = 20_000;

let nowMs = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;

function tick(): void {
  nowMs = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** Now, in milliseconds; one timer for every clock on the screen. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}

/** How long an examination has waited by the centre's clock, and the share of its target that is gone. */
export function elapsed(
  clock: ExaminationClock,
  receivedAtMs: number,
  nowMs: number,
): { seconds: number; share: number } {
  const seconds = clock.elapsed_s + Math.max(0, nowMs - receivedAtMs) / 1000;
  return { seconds, share: seconds / clock.target_s };
}
