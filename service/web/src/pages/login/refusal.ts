import { RoomProblem, Unreachable } from "../../api/client";
import { minutes } from "../../api/problems";

/** How an attempt to get in can end, besides getting in. */
export type Refusal =
  | { kind: "wrong" }
  | { kind: "code-needed" }
  | { kind: "limited"; until: number }
  | { kind: "away" }
  | { kind: "told"; fault: unknown };

const DEFAULT_WAIT_S = 60;

/** What an error of the login calls means. now: milliseconds, as Date.now() gives them. */
export function refusalOf(fault: unknown, now: number): Refusal {
  if (fault instanceof Unreachable) return { kind: "away" };
  if (!(fault instanceof RoomProblem)) return { kind: "told", fault };
  if (fault.status >= 500) return { kind: "away" };
  if (fault.status === 429) return { kind: "limited", until: now + (fault.retryAfterS ?? DEFAULT_WAIT_S) * 1000 };
  if (fault.status === 401) return { kind: fault.needs === "code" ? "code-needed" : "wrong" };
  return { kind: "told", fault };
}

/** Minutes until one may try again; null when one may. */
export function minutesLeft(refusal: Refusal | null, now: number): number | null {
  if (refusal?.kind !== "limited" || refusal.until <= now) return null;
  return minutes((refusal.until - now) / 1000);
}
