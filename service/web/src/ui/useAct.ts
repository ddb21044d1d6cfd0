import { useState } from "react";

export interface Act {
  isBusy: boolean;
  /** Why the last try failed; null after one that did not. */
  fault: unknown;
  /** True when it was done. */
  run: (call: () => Promise<unknown>) => Promise<boolean>;
}

/** One thing a person does at the centre: it runs once at a time, and says why it failed until the next try. */
export function useAct(): Act {
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const run = async (call: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    setFault(null);
    try {
      await call();
      return true;
    } catch (raised) {
      setFault(raised);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, fault, run };
}
