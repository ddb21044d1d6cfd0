import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useSyncExternalStore } from "react";

import { MeasureCalls } from "../../../api/measures";
import { MeasuresCopies } from "../../../app/draftCopies";
import { useReader } from "../../../app/session";
import type { Measure } from "../../../viewer/measure";
import type { Undo } from "../useUndo";
import { type BookState, MeasureBook } from "./measureBook";

export interface Measures extends BookState {
  /** Keeps a new measure, or another form of a known one. */
  set: (measure: Measure) => void;
  remove: (id: string) => void;
}

/** Of the centre's answers about one study: asked again when the centre tells of a change there. */
export function measuresKey(hospital: string, study: string): readonly string[] {
  return ["measures", hospital, study];
}

/** The measures of a study, kept in the centre. What is done to them can be taken back. */
export function useMeasures(hospital: string, study: string, { push }: Undo): Measures {
  const { user, locked } = useReader();
  const calls = useMemo(() => new MeasureCalls(hospital, study), [hospital, study]);
  const book = useMemo(
    () => new MeasureBook({ calls, copy: new MeasuresCopies(user.id, hospital, study), userId: user.id }),
    [calls, user.id, hospital, study],
  );
  const state = useSyncExternalStore(book.subscribe, book.state);
  const { data } = useQuery({
    queryKey: measuresKey(hospital, study),
    queryFn: async ({ signal }) => {
      const askedAfter = book.done;
      return { views: await calls.read(signal), askedAfter };
    },
    enabled: !locked,
    structuralSharing: false,
  });
  useEffect(() => {
    if (data !== undefined) book.show(data.views, data.askedAfter);
  }, [book, data]);
  useEffect(() => {
    if (locked) return undefined;
    const send = (): void => void book.send();
    send();
    window.addEventListener("online", send);
    return () => window.removeEventListener("online", send);
  }, [book, locked]);
  useEffect(() => () => book.stop(), [book]);
  return useMemo(() => {
    const put = (id: string, after: Measure | null): void => (after === null ? book.remove(id) : book.set(after));
    const change = (id: string, after: Measure | null): void => {
      const before = book.own(id) ?? null;
      put(id, after);
      push(() => put(id, before));
    };
    return { ...state, set: (measure) => change(measure.id, measure), remove: (id) => change(id, null) };
  }, [book, push, state]);
}
