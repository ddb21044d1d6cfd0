import { useEffect, useState } from "react";

import type { SessionView } from "../../api/types";
import { session } from "../../app/session";
import { minutesLeft, type Refusal, refusalOf } from "./refusal";

const TICK_MS = 1000;

export interface Attempt {
  refusal: Refusal | null;
  minutes: number | null;
  isBusy: boolean;
  make: (call: () => Promise<SessionView>) => Promise<Refusal | null>;
}

/** One way in: a call that ends in a session, or in a refusal that is shown until the next try. */
export function useAttempt(): Attempt {
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [now, setNow] = useState(() => Date.now());
  const isLimited = refusal?.kind === "limited";
  useEffect(() => {
    if (!isLimited) return undefined;
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [isLimited]);
  const make = async (call: () => Promise<SessionView>): Promise<Refusal | null> => {
    setBusy(true);
    try {
      session.enter(await call());
      setRefusal(null);
      return null;
    } catch (fault) {
      const refused = refusalOf(fault, Date.now());
      setNow(Date.now());
      setRefusal(refused);
      return refused;
    } finally {
      setBusy(false);
    }
  };
  return { refusal, minutes: minutesLeft(refusal, now), isBusy, make };
}
