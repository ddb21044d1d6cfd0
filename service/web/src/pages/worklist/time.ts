import { useSyncExternalStore } from "react";

import type { StatusWord } from "../../api/types";
import type { ShownRow } from "./store";

const TICK_MS = 20_000;
/** Nobody waits for these any more. */
const STOPPED: readonly StatusWord[] = ["signed", "released", "delivered", "delivery_failed", "returned"];

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
  row: Pick<ShownRow, "clock" | "status" | "receivedAtMs">,
  now: number,
): { seconds: number; share: number | null } {
  const { elapsed_s, target_s, share } = row.clock;
  if (STOPPED.includes(row.status.word)) return { seconds: elapsed_s, share };
  const seconds = elapsed_s + Math.max(0, now - row.receivedAtMs) / 1000;
  return { seconds, share: target_s === null ? null : seconds / target_s };
}
