import { describe, expect, it } from "vitest";

import { RoomProblem, Unreachable } from "../../api/client";
import { minutesLeft, refusalOf } from "./refusal";

const NOW = 1_000_000;

function problem(status: number, more: { retryAfterS?: number; needs?: "code" } = {}): RoomProblem {
  return new RoomProblem(status, "code", "detail", null, more.retryAfterS ?? null, more.needs ?? null);
}

describe("a refused login", () => {
  it("is the same for an unknown login and a wrong password", () => {
    expect(refusalOf(problem(401), NOW)).toEqual({ kind: "wrong" });
  });

  it("asks for the code where it is due", () => {
    expect(refusalOf(problem(401, { needs: "code" }), NOW)).toEqual({ kind: "code-needed" });
  });

  it.each([
    [60, 0, 1],
    [61, 0, 2],
    [240, 0, 4],
    [240, 200_000, 1],
    [240, 240_000, null],
  ])("limited for %i s leaves, after %i ms, %s minutes", (waitS, laterMs, minutes) => {
    const refusal = refusalOf(problem(429, { retryAfterS: waitS }), NOW);
    expect(minutesLeft(refusal, NOW + laterMs)).toBe(minutes);
  });

  it.each([new Unreachable(), problem(502), problem(500)])("is the centre's fault when it is: %s", (fault) => {
    expect(refusalOf(fault, NOW)).toEqual({ kind: "away" });
  });
});
