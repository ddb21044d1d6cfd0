import { useEffect, useMemo, useRef } from "react";

import type { Mark } from "../../viewer/overlay";
import type { Slice } from "../../viewer/slices";
import type { ReadingViewport, ToolName } from "../../viewer/viewport";
import type { Drawing } from "./drawing";
import { sliceAt } from "./findings";
import { fittingMarks } from "./marks";
import type { Findings } from "./useFindings";

interface Given {
  slices: readonly Slice[];
  tool: ToolName;
  /** Of the study that is read: findings are drawn there only, and corrected there only. */
  isOwn: boolean;
  /** The one whose slice is looked at when a length is typed. */
  isActive: boolean;
  drawing: Drawing;
  target: Findings["target"];
  /** The address says which slice is shown: the finding that was chosen before this area opened does not move it. */
  hasSlice: boolean;
  isOverlayShown: boolean;
}

/** Draws findings and measures over one image area, and goes to the chosen finding. True where marks do not fit the images. */
export function useOverlay(viewport: ReadingViewport | null, index: number | undefined, given: Given): boolean {
  const { slices, tool, isOwn, isActive, drawing, target, hasSlice, isOverlayShown } = given;
  const before = useRef(hasSlice ? target : null);
  const { measures, marksOn, shows } = drawing;
  const pencil = isOwn ? drawing.pencil : null;
  const { marks, isMisfit } = useMemo(() => fittingMarks(isOwn ? marksOn(slices) : NO_MARKS, slices), [isOwn, marksOn, slices]);
  useEffect(() => {
    const at = target === null ? -1 : sliceAt(slices, target.image);
    if (target === null || at === -1 || target === before.current) return;
    before.current = null;
    viewport?.jumpTo(at);
    viewport?.flash(target.id);
  }, [viewport, slices, target]);
  useEffect(() => {
    viewport?.setTool(tool);
    if (pencil !== null) viewport?.takePencil(pencil);
  }, [viewport, tool, pencil]);
  useEffect(() => viewport?.setMeasures(measures), [viewport, measures]);
  useEffect(() => viewport?.setMarks(marks), [viewport, marks]);
  useEffect(() => viewport?.showOverlay(isOverlayShown), [viewport, isOverlayShown]);
  const slice = index === undefined ? undefined : slices[index];
  useEffect(() => {
    if (slice !== undefined && isActive && isOwn) shows(slice);
  }, [shows, slice, isActive, isOwn]);
  return isMisfit;
}

const NO_MARKS: readonly Mark[] = [];
