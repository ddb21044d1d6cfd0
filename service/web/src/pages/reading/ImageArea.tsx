import { type ReactElement, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useKeys } from "../../app/keyboard";
import { Notice } from "../../ui/Notice";
import { PRESETS, type PresetName } from "../../viewer/presets";
import type { SliceStack } from "../../viewer/slices";
import type { ReadingViewport, ToolName, ViewState } from "../../viewer/viewport";
import { Corners } from "./Corners";
import type { Drawing } from "./drawing";
import { sliceAt } from "./findings";
import styles from "./reading.module.css";
import { Strip } from "./Strip";
import { Toolbar } from "./Toolbar";
import type { Findings } from "./useFindings";
import { useViewport } from "./useViewport";

interface Props {
  root: string;
  path: string;
  stack: SliceStack;
  /** 1-based, as the address says it; where it says none, the middle. */
  slice: string | undefined;
  renderer: string | undefined;
  onSlice: (slice: number) => void;
  target: Findings["target"];
  drawing: Drawing;
  isOverlayShown: boolean;
}

const MANY = 10;
const ADDRESS_PAUSE_MS = 400;

/** One stack, its tools and its keys. */
export function ImageArea(props: Props): ReactElement {
  const { t } = useTranslation();
  const { stack, onSlice } = props;
  const [tool, setTool] = useState<ToolName>("window");
  const { element, viewport, view, progress, fault } = useViewport(props);
  useFinding(viewport, props);
  useDrawing(viewport, props, tool, view?.index);
  useSliceInAddress(view, onSlice);
  useImageKeys(viewport, stack.slices.length, setTool);
  const count = stack.slices.length;
  const at = (view?.index ?? 0) + 1;
  return (
    <>
      {fault !== null && (
        <div className={styles.told}>
          <Notice tone="wrong">{t("reading.failed", { reason: fault })}</Notice>
        </div>
      )}
      {progress !== null && progress.failed.length > 0 && (
        <div className={styles.told}>
          <Notice tone="warned">{t("reading.missing", { count: progress.failed.length })}</Notice>
        </div>
      )}
      <div className={styles.area}>
        <div
          ref={element}
          className={styles.viewport}
          tabIndex={0}
          role="region"
          aria-label={t("reading.sliceLabel", { at, of: count })}
          onContextMenu={(event) => event.preventDefault()}
        />
        <Corners view={view} stack={stack} progress={progress} renderer={viewport?.renderer ?? null} />
        <Strip index={at - 1} count={count} onIndex={(index) => viewport?.jumpTo(index)} />
      </div>
      <Toolbar
        tool={tool}
        isInverted={view?.isInverted ?? false}
        onTool={setTool}
        onPreset={(name) => viewport?.setWindow(PRESETS[name])}
        onInvert={() => viewport?.invert()}
        onReset={() => viewport?.reset()}
      />
    </>
  );
}

/** Goes to the chosen finding, where this stack has it. */
function useFinding(viewport: ReadingViewport | null, { stack, target }: Props): void {
  const { slices } = stack;
  useEffect(() => {
    const at = target === null ? -1 : sliceAt(slices, target.image);
    if (target === null || at === -1) return;
    viewport?.jumpTo(at);
    viewport?.flash(target.id);
  }, [viewport, slices, target]);
}

/** The left button's tool, and what is drawn over the image. */
function useDrawing(
  viewport: ReadingViewport | null,
  { stack: { slices }, drawing, isOverlayShown }: Props,
  tool: ToolName,
  index: number | undefined,
): void {
  const { pencil, measures, marksOn, shows } = drawing;
  useEffect(() => {
    viewport?.setTool(tool);
    if (pencil !== null) viewport?.takePencil(pencil);
  }, [viewport, tool, pencil]);
  useEffect(() => viewport?.setMeasures(measures), [viewport, measures]);
  useEffect(() => viewport?.setMarks(marksOn(slices)), [viewport, marksOn, slices]);
  useEffect(() => viewport?.showOverlay(isOverlayShown), [viewport, isOverlayShown]);
  const slice = index === undefined ? undefined : slices[index];
  useEffect(() => {
    if (slice !== undefined) shows(slice);
  }, [shows, slice]);
}

/** The address follows the slice when scrolling pauses: browsers refuse too many changes of it. */
function useSliceInAddress(view: ViewState | null, onSlice: (slice: number) => void): void {
  const latest = useRef(onSlice);
  useEffect(() => {
    latest.current = onSlice;
  });
  const index = view?.index;
  useEffect(() => {
    if (index === undefined) return undefined;
    const timer = setTimeout(() => latest.current(index + 1), ADDRESS_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [index]);
}

function useImageKeys(viewport: ReadingViewport | null, count: number, setTool: (tool: ToolName) => void): void {
  const by = (step: number): void => viewport?.jumpTo(viewport.index + step);
  const preset = (name: PresetName) => () => viewport?.setWindow(PRESETS[name]);
  useKeys({
    sliceNext: () => by(1),
    slicePrevious: () => by(-1),
    sliceForward: () => by(MANY),
    sliceBack: () => by(-MANY),
    sliceFirst: () => viewport?.jumpTo(0),
    sliceLast: () => viewport?.jumpTo(count - 1),
    toolWindow: () => setTool("window"),
    toolZoom: () => setTool("zoom"),
    toolPan: () => setTool("pan"),
    toolLength: () => setTool("length"),
    toolBidirectional: () => setTool("bidirectional"),
    toolEllipse: () => setTool("ellipse"),
    toolAngle: () => setTool("angle"),
    invert: () => viewport?.invert(),
    reset: () => {
      viewport?.reset();
      viewport?.retry();
    },
    presetLung: preset("lung"),
    presetMediastinum: preset("mediastinum"),
    presetBone: preset("bone"),
    presetBrain: preset("brain"),
    presetStroke: preset("stroke"),
    presetAbdomen: preset("abdomen"),
    presetLiver: preset("liver"),
    presetCta: preset("cta"),
  });
}
