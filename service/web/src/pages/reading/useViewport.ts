import { type RefObject, useEffect, useRef, useState } from "react";

import type { Progress } from "../../viewer/loading";
import type { Window } from "../../viewer/presets";
import type { SliceStack } from "../../viewer/slices";
import { ReadingViewport, type ViewState } from "../../viewer/viewport";
import type { Drawing } from "./drawing";

interface Asked {
  root: string;
  path: string;
  stack: SliceStack;
  slice: string | undefined;
  renderer: string | undefined;
  /** 0-based slices to load before the others. */
  first: readonly number[];
  /** The window it opens in; null: that of the images. */
  window: Window | null;
  drawing: Drawing;
}

export interface Shown {
  element: RefObject<HTMLDivElement | null>;
  viewport: ReadingViewport | null;
  view: ViewState | null;
  progress: Progress | null;
  /** Why nothing can be shown, in the browser's or the decoder's words. */
  fault: string | null;
}

/** Opens a viewport in the element for one stack, and closes it with the component. */
export function useViewport({ root, path, stack, slice, renderer, first, window, drawing: { listeners: measures } }: Asked): Shown {
  const element = useRef<HTMLDivElement>(null);
  const [viewport, setViewport] = useState<ReadingViewport | null>(null);
  const [view, setView] = useState<ViewState | null>(null);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const asked = useRef({ slice, first, window });
  useEffect(() => {
    const place = element.current;
    if (place === null) return undefined;
    let opened: ReadingViewport | null = null;
    let isGone = false;
    const open = async (): Promise<void> => {
      const chosen = renderer === "cpu" || renderer === "gpu" ? renderer : undefined;
      opened = await ReadingViewport.open(place, root, { onView: setView, onProgress: setProgress, measures }, chosen);
      if (isGone) return opened.destroy();
      setViewport(opened);
      const { slice: at, ...beginning } = asked.current;
      return opened.setStack(path, stack.slices, { start: startOf(at, stack.slices.length), ...beginning });
    };
    open().catch((raised: unknown) => {
      if (!isGone) setFault(raised instanceof Error ? raised.message : String(raised));
    });
    return () => {
      isGone = true;
      opened?.destroy();
      setViewport(null);
    };
  }, [root, path, stack, renderer, measures]);
  return { element, viewport, view, progress, fault };
}

/** 0-based place of a 1-based slice from an address; the middle where it names none that exists. */
export function startOf(slice: string | undefined, count: number): number {
  const wanted = Number(slice);
  return Number.isInteger(wanted) && wanted >= 1 && wanted <= count ? wanted - 1 : Math.floor(count / 2);
}
