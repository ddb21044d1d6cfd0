import { useCallback, useEffect, useRef, useState } from "react";

import { RoomProblem } from "../../api/client";
import type { Examination } from "../../api/reading";
import { useReader } from "../../app/session";

/** A hold lapses two minutes after it was last asked for; this leaves room for one request that is lost. */
const RENEW_MS = 40_000;

export interface Claim {
  /** Why the examination could not be held for this reader; null while it is held or being asked. */
  claimFault: unknown;
  /** Whether somebody else holds it: then this page writes nothing. */
  isTaken: boolean;
  takeOver: () => void;
}

export function isTakenBy(fault: unknown): boolean {
  return fault instanceof RoomProblem && fault.code === "claimed";
}

/** Holds the examination from opening to leaving. What another reader took over is not taken back but by a person's act. */
export function useClaim(examination: Examination, heldBy: string | null): Claim {
  const { user, locked } = useReader();
  const [claimFault, setFault] = useState<unknown>(null);
  const isHeld = useRef(false);
  const isTaken = isTakenBy(claimFault);
  const claim = useCallback(
    (insteadOf: string | null) =>
      examination.claim(insteadOf).then(
        () => {
          isHeld.current = true;
          setFault(null);
        },
        (fault: unknown) => {
          if (isTakenBy(fault)) isHeld.current = false;
          setFault(fault);
        },
      ),
    [examination],
  );
  useEffect(() => {
    if (isTaken || locked) return undefined;
    const renew = (): void => void claim(null);
    renew();
    const timer = setInterval(renew, RENEW_MS);
    window.addEventListener("focus", renew);
    return () => {
      clearInterval(timer);
      window.removeEventListener("focus", renew);
    };
  }, [claim, isTaken, locked]);
  // The centre tells of a takeover before the next renewal is due.
  const isAnothers = heldBy !== null && heldBy !== user.id;
  useEffect(() => {
    if (isAnothers && isHeld.current) void claim(null);
  }, [isAnothers, claim]);
  useEffect(
    () => () => {
      // Letting go answers nobody: the page is left, and a hold that stays is told to the next reader.
      if (isHeld.current) void examination.letGo().catch(() => undefined);
      isHeld.current = false;
    },
    [examination],
  );
  return { claimFault, isTaken, takeOver: () => void claim(heldBy) };
}
