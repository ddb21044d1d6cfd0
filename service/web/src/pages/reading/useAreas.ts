import { useCallback, useMemo, useState } from "react";

import { StackLink } from "../../viewer/linking";
import type { Slice, SliceStack } from "../../viewer/slices";
import type { ReadingViewport } from "../../viewer/viewport";

/** An image area that shows a stack. */
export interface OpenArea {
  viewport: ReadingViewport;
  stack: SliceStack;
}

export interface Areas {
  /** By place in the layout; null where nothing is shown yet. */
  open: readonly (OpenArea | null)[];
  set: (at: number, area: OpenArea | null) => void;
  link: StackLink;
}

/** The image areas that are open, and what scrolls them together. */
export function useAreas(): Areas {
  const [open, setOpen] = useState<readonly (OpenArea | null)[]>([]);
  const [link] = useState(() => new StackLink());
  const set = useCallback((at: number, area: OpenArea | null) => {
    setOpen((before) => {
      const after = [...before];
      after[at] = area;
      return after;
    });
  }, []);
  return useMemo(() => ({ open, set, link }), [open, set, link]);
}

/** Of every stack that is shown. */
export function slicesOf({ open }: Areas): Slice[] {
  return open.flatMap((area) => area?.stack.slices ?? []);
}
