import { type ReactElement, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useKeys } from "../../app/keyboard";
import { Notice } from "../../ui/Notice";
import type { Contour, ImagePlace } from "../../api/reading";
import { PRESETS, type PresetName } from "../../viewer/presets";
import type { SliceStack } from "../../viewer/slices";
import type { ReadingViewport, ToolName, ViewState } from "../../viewer/viewport";
import { Corners } from "./Corners";
import { outlinesOf, sliceAt } from "./findings";
import styles from "./reading.module.css";
import { Strip } from "./Strip";
import { Toolbar } from "./Toolbar";
import { useViewport } from "./useViewport";

interface Props {
  root: string;
  path: string;
  stack: SliceStack;
  /** 1-based, as the address says it; where it says none, the middle. */
  slice: string | undefined;
  renderer: string | undefined;
  onSlice: (slice: number) => void;
  /** The image to show, of the chosen finding; none where nothing is chosen. */
  target: ImagePlace | null;
  contours: readonly Contour[];
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
  useEffect(() => viewport?.setTool(tool), [viewport, tool]);
  useFinding(viewport, props);
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

/** Shows the chosen finding: its image and its outline, where this stack has them. */
function useFinding(viewport: ReadingViewport | null, { stack, target, contours, isOverlayShown }: Props): void {
  const { slices } = stack;
  const sop = target?.sop_instance_uid;
  const frame = target?.frame ?? null;
  useEffect(() => {
    const at = sop === undefined ? -1 : sliceAt(slices, { sop_instance_uid: sop, frame });
    if (at !== -1) viewport?.jumpTo(at);
  }, [viewport, slices, sop, frame]);
  useEffect(() => viewport?.setOverlay(outlinesOf("chosen", contours, slices, "var(--ai)")), [viewport, slices, contours]);
  useEffect(() => viewport?.showOverlay(isOverlayShown), [viewport, isOverlayShown]);
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
