import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

import type { HangingView } from "../../api/hanging";
import type { ReadingSearch } from "../../app/router";
import type { SeriesSummary } from "../../viewer/dicomweb";
import { hungLayout } from "./hanging";
import { type Layout, layoutOf, searchOf } from "./layout";

const route = getRouteApi("/read/$hospital/$study");

export interface LayoutInAddress {
  layout: Layout;
  /** Gives the layout as it stands when it is called, so that two changes at once do not undo each other. */
  change: (next: (layout: Layout) => Layout) => void;
  /** The same without a step of its own in the browser's history: for what changes with every scroll. */
  follow: (next: (layout: Layout) => Layout) => void;
}

/** The image area's layout, kept in the address. Where that names none, the protocol's holds; where there is none, the first series. */
export function useLayout(study: string, series: readonly SeriesSummary[] | undefined, hung: HangingView | null): LayoutInAddress {
  const search = route.useSearch();
  const navigate = useNavigate();
  const first = series?.[0]?.uid;
  const byProtocol = useMemo(() => (hung === null ? null : hungLayout(hung)), [hung]);
  const read = useCallback(
    (from: ReadingSearch) => (byProtocol !== null && isSilent(from) ? byProtocol : layoutOf(withFirst(from, first), study)),
    [study, first, byProtocol],
  );
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

function isSilent({ series, layout, slice }: ReadingSearch): boolean {
  return series === undefined && layout === undefined && slice === undefined;
}

function withFirst(search: ReadingSearch, first: string | undefined): ReadingSearch {
  return first === undefined || search.series !== undefined ? search : { ...search, series: first };
}

/** What the address says beside the layout. */
function kept({ renderer, window }: ReadingSearch): ReadingSearch {
  return { ...(renderer === undefined ? {} : { renderer }), ...(window === undefined ? {} : { window }) };
}
