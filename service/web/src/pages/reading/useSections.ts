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
  /** Of the study that is read: findings are drawn there only. */
  isOwn: boolean;
  drawing: Drawing;
  target: Findings["target"];
  isOverlayShown: boolean;
}

/** Draws findings in the three planes, and lays these through the chosen one. */
export function useSections(reformat: Reformat | null, { stack, isOwn, drawing, target, isOverlayShown }: Given): void {
  const { marksOn } = drawing;
  const solids = useMemo(
    () => solidsOf(fittingMarks(isOwn ? marksOn(stack.slices) : NO_MARKS, stack.slices).marks, stack),
    [isOwn, marksOn, stack],
  );
  const gone = useRef<Findings["target"]>(null);
  useEffect(() => reformat?.showOverlay(isOverlayShown), [reformat, isOverlayShown]);
  useEffect(() => reformat?.setSolids(solids), [reformat, solids]);
  useEffect(() => {
    if (reformat === null || target === null || target === gone.current) return;
    const solid = solids.find(({ id }) => id === target.id);
    const place = solid === undefined ? middleOf(stack.slices[sliceAt(stack.slices, target.image)]) : centreOf(solid);
    if (place === null) return;
    gone.current = target;
    reformat.goTo(place);
    reformat.flash(target.id);
  }, [reformat, solids, stack, target]);
}

const NO_MARKS: readonly Mark[] = [];

/** Of an image on which nothing is drawn; null where another series has it. */
function middleOf(slice: Slice | undefined): Vector | null {
  const plane = slice === undefined ? null : planeOf(slice);
  if (slice === undefined || plane === null) return null;
  const { rows, columns } = sizeOf(slice.metadata);
  return mmOf(plane, [(columns - 1) / 2, (rows - 1) / 2]);
}
