import { useEffect, useMemo, useRef } from "react";

import type { Mark } from "../../viewer/overlay";
import { mmOf, planeOf } from "../../viewer/plane";
import { sizeOf } from "../../viewer/quality";
import type { Reformat } from "../../viewer/reformat";
import type { Slice, SliceStack, Vector } from "../../viewer/slices";
import { centreOf, solidsOf } from "../../viewer/solids";
import type { Drawing } from "./drawing";
import { sliceAt } from "./findings";
import { fittingMarks } from "./marks";
import type { Findings } from "./useFindings";

interface Given {
  stack: SliceStack;
  /** 0-based; the slice that was looked at when the planes were asked for, null where none was. */
  looked: number | null;
  /** Of the study that is read: findings are drawn there only. */
  isOwn: boolean;
  drawing: Drawing;
  target: Findings["target"];
  isOverlayShown: boolean;
}

/** Draws findings in the three planes, and lays these through the chosen one. They open at the slice that was looked at; at
 * the chosen finding where that lies on it. */
export function useSections(reformat: Reformat | null, { stack, looked, isOwn, drawing, target, isOverlayShown }: Given): void {
  const { marksOn } = drawing;
  const marks = useMemo(() => fittingMarks(isOwn ? marksOn(stack.slices) : NO_MARKS, stack.slices).marks, [isOwn, marksOn, stack]);
  const solids = useMemo(() => solidsOf(marks, stack), [marks, stack]);
  const opened = useRef<Reformat | null>(null);
  const gone = useRef<Findings["target"]>(null);
  useEffect(() => reformat?.showOverlay(isOverlayShown), [reformat, isOverlayShown]);
  useEffect(() => reformat?.setSolids(solids), [reformat, solids]);
  useEffect(() => {
    if (reformat === null) return;
    const isOpening = opened.current !== reformat;
    opened.current = reformat;
    const isOnLooked = target !== null && (sliceAt(stack.slices, target.image) === looked || marks.some(({ id, slice }) => id === target.id && slice === looked));
    const middle = looked === null ? null : middleOf(stack.slices[looked]);
    if (isOpening && middle !== null && !isOnLooked) {
      gone.current = target;
      reformat.goTo(middle);
    }
    if (target === null || target === gone.current) return;
    const solid = solids.find(({ id }) => id === target.id);
    const place = solid === undefined ? middleOf(stack.slices[sliceAt(stack.slices, target.image)]) : centreOf(solid);
    if (place === null) return;
    gone.current = target;
    reformat.goTo(place);
    reformat.flash(target.id);
  }, [reformat, marks, solids, stack, looked, target]);
}

const NO_MARKS: readonly Mark[] = [];

/** The pixel in the middle of an image on which nothing is drawn; null where another series has it. Between two pixels a plane
 * would show neither as it is. */
function middleOf(slice: Slice | undefined): Vector | null {
  const plane = slice === undefined ? null : planeOf(slice);
  if (slice === undefined || plane === null) return null;
  const { rows, columns } = sizeOf(slice.metadata);
  return mmOf(plane, [Math.floor(columns / 2), Math.floor(rows / 2)]);
}
