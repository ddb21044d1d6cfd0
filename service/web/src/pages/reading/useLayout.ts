import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

import type { ReadingSearch } from "../../app/router";
import type { SeriesSummary } from "../../viewer/dicomweb";
import { type Layout, layoutOf, searchOf } from "./layout";

const route = getRouteApi("/read/$hospital/$study");

export interface LayoutInAddress {
  layout: Layout;
  /** Gives the layout as it stands when it is called, so that two changes at once do not undo each other. */
  change: (next: (layout: Layout) => Layout) => void;
  /** The same without a step of its own in the browser's history: for what changes with every scroll. */
  follow: (next: (layout: Layout) => Layout) => void;
}

/** The image area's layout, kept in the address. series: of the study; the first one is shown where the address names none. */
export function useLayout(study: string, series: readonly SeriesSummary[] | undefined): LayoutInAddress {
  const search = route.useSearch();
  const navigate = useNavigate();
  const first = series?.[0]?.uid;
  const read = useCallback((from: ReadingSearch) => layoutOf(withFirst(from, first), study), [study, first]);
  const layout = useMemo(() => read(search), [read, search]);
  const go = useCallback(
    (next: (layout: Layout) => Layout, replace: boolean) =>
      void navigate({
        to: ".",
        search: (now: ReadingSearch) => {
          const before = read(now);
          const after = next(before);
          return after === before ? now : { ...kept(now), ...searchOf(after, study) };
        },
        replace,
      }),
    [navigate, read, study],
  );
  const change = useCallback((next: (layout: Layout) => Layout) => go(next, false), [go]);
  const follow = useCallback((next: (layout: Layout) => Layout) => go(next, true), [go]);
  return useMemo(() => ({ layout, change, follow }), [layout, change, follow]);
}

function withFirst(search: ReadingSearch, first: string | undefined): ReadingSearch {
  return first === undefined || search.series !== undefined ? search : { ...search, series: first };
}

/** What the address says beside the layout. */
function kept({ renderer, window }: ReadingSearch): ReadingSearch {
  return { ...(renderer === undefined ? {} : { renderer }), ...(window === undefined ? {} : { window }) };
}
