import { useCallback, useMemo, useRef, useState } from "react";

import type { Measure } from "../../viewer/measure";
import type { Undo } from "./useUndo";

export interface Measures {
  /** In the order in which they were drawn. */
  all: readonly Measure[];
  /** Keeps a new measure, or another form of a known one. */
  set: (measure: Measure) => void;
  remove: (id: string) => void;
}

/** The reader's own measures of this study, for as long as the page is open. What is done can be taken back. */
export function useMeasures({ push }: Undo): Measures {
  const [all, setAll] = useState<readonly Measure[]>([]);
  const latest = useRef(all);
  const change = useCallback(
    (next: readonly Measure[]) => {
      const before = latest.current;
      const show = (measures: readonly Measure[]): void => {
        latest.current = measures;
        setAll(measures);
      };
      show(next);
      push(() => show(before));
    },
    [push],
  );
  const set = useCallback(
    (measure: Measure) => {
      const isKnown = latest.current.some((each) => each.id === measure.id);
      const others = latest.current.map((each) => (each.id === measure.id ? measure : each));
      change(isKnown ? others : [...others, measure]);
    },
    [change],
  );
  const remove = useCallback((id: string) => change(latest.current.filter((each) => each.id !== id)), [change]);
  return useMemo(() => ({ all, set, remove }), [all, set, remove]);
}
