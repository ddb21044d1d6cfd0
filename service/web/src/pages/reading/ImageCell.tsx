import { type DragEvent, type ReactElement, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";

import { Notice } from "../../ui/Notice";
import { dicomwebRoot } from "../../viewer/dicomweb";
import type { Window } from "../../viewer/presets";
import type { SliceStack } from "../../viewer/slices";
import type { ToolName, ViewState } from "../../viewer/viewport";
import { Corners } from "./Corners";
import type { Cell } from "./layout";
import type { Drawing } from "./drawing";
import { findingTicks, keyTicks, placeOf, type Tick } from "./marks";
import styles from "./reading.module.css";
import { draggedSeries } from "./SeriesRail";
import type { Study } from "./study";
import { Strip } from "./Strip";
import type { Areas } from "./useAreas";
import type { Findings } from "./useFindings";
import { useFirstWindow } from "./useFirstWindow";
import { isMarked } from "./useKeyImages";
import { useOverlay } from "./useOverlay";
import { isMissing, useStack } from "./useStudySeries";
import { useViewport } from "./useViewport";

interface Props {
  /** 0-based place in the layout. */
  at: number;
  cell: Cell | null;
  study: Study;
  areas: Areas;
  /** Null where the layout has this place only. */
  isActive: boolean | null;
  renderer: string | undefined;
  tool: ToolName;
  drawing: Drawing;
  target: Findings["target"];
  isOverlayShown: boolean;
  onActive: () => void;
  onSlice: (slice: number) => void;
  onSeries: (study: string, series: string) => void;
}

/** One place of the layout: a series, or words that say how to put one there. */
export function ImageCell(props: Props): ReactElement {
  const { t } = useTranslation();
  const { cell, isActive } = props;
  const drop = (event: DragEvent): void => {
    const dragged = draggedSeries(event.dataTransfer);
    if (dragged === null) return;
    event.preventDefault();
    props.onSeries(dragged.study, dragged.series);
  };
  return (
    <div
      className={styles.cell}
      data-active={isActive ?? undefined}
      onPointerDownCapture={props.onActive}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      {cell === null ? (
        <p className={styles.told}>{t("reading.emptyPlace")}</p>
      ) : (
        <SeriesInCell key={`${cell.study} ${cell.series}`} {...props} cell={cell} />
      )}
    </div>
  );
}

function SeriesInCell(props: Props & { cell: Cell }): ReactElement {
  const { t } = useTranslation();
  const { path, stack, readAt, fault } = useStack(props.study.hospital, props.cell.study, props.cell.series);
  const window = useFirstWindow(props.study, props.cell, stack);
  if (fault !== null) {
    return (
      <div className={styles.told}>
        <Notice tone="wrong">{isMissing(fault) ? t("reading.notFound") : t("problem.unreachable")}</Notice>
      </div>
    );
  }
  if (stack === undefined || window === undefined) {
    return (
      <p className={styles.told} role="status">
        {t("reading.loadingSeries")}
      </p>
    );
  }
  if (stack.slices.length === 0) return <p className={styles.told}>{t("reading.noSeries")}</p>;
  return <StackInCell key={readAt} {...props} path={path} stack={stack} window={window} />;
}

/** A stack with its strip, corners and outlines. */
function StackInCell(props: Props & { cell: Cell; path: string; stack: SliceStack; window: Window | null }): ReactElement {
  const { t } = useTranslation();
  const { at, cell, study, areas, stack, path, tool, drawing, target, isOverlayShown } = props;
  const { slices } = stack;
  const ticks = useTicks(study, slices);
  const first = ticks.filter(({ kind }) => kind === "finding").map(({ slice }) => slice);
  const root = dicomwebRoot(study.hospital);
  const { element, viewport, view, progress, fault } = useViewport({
    root, path, stack, slice: cell.slice, renderer: props.renderer, first, window: props.window, drawing,
  });
  const isOwn = cell.study === study.uid;
  const isActive = props.isActive !== false;
  useFirst(viewport, first);
  useLinked(`${at}`, areas, viewport, stack, view);
  const isMisfit = useOverlay(viewport, view?.index, { slices, tool, isOwn, isActive, drawing, target, hasSlice: cell.slice !== undefined, isOverlayShown });
  useSliceInAddress(view, props.onSlice);
  // What the corners say can be changed by keys as soon as it is read.
  const isSteered = viewport !== null && areas.open[at]?.viewport === viewport;
  const count = slices.length;
  const index = view?.index ?? 0;
  const shown = slices[index];
  return (
    <>
      <div
        ref={element}
        className={styles.viewport}
        tabIndex={0}
        role="region"
        aria-label={t("reading.sliceLabel", { at: index + 1, of: count })}
        onContextMenu={(event) => event.preventDefault()}
        onFocus={props.onActive}
      />
      <Corners
        view={isSteered ? view : null}
        stack={stack}
        progress={progress}
        renderer={viewport?.renderer ?? null}
        title={study.titleOf(cell)}
        prior={study.priorDateOf(cell)}
        isMisfit={isMisfit}
        isKeyImage={shown !== undefined && isOwn && isMarked(study.keyImages, placeOf(shown))}
      />
      <Strip index={index} count={count} ticks={isOwn ? ticks : NO_TICKS} onIndex={(to) => viewport?.jumpTo(to)} />
      {(fault !== null || (progress !== null && progress.failed.length > 0)) && (
        <div className={styles.over}>
          {fault !== null && <Notice tone="wrong">{t("reading.failed", { reason: fault })}</Notice>}
          {progress !== null && progress.failed.length > 0 && (
            <Notice tone="warned">{t("reading.missing", { count: progress.failed.length })}</Notice>
          )}
        </div>
      )}
    </>
  );
}

const NO_TICKS: readonly Tick[] = [];
const ADDRESS_PAUSE_MS = 400;

function useTicks(study: Study, slices: SliceStack["slices"]): Tick[] {
  const { findings, keyImages } = study;
  return useMemo(() => [...findingTicks(findings, slices), ...keyTicks(keyImages, slices)], [findings, keyImages, slices]);
}

/** Findings that are told after the stack was shown are loaded first from then on. */
function useFirst(viewport: ReturnType<typeof useViewport>["viewport"], first: readonly number[]): void {
  const said = first.join(" ");
  const before = useRef(said);
  useEffect(() => {
    if (said === before.current) return;
    before.current = said;
    viewport?.loadFirst(said === "" ? [] : said.split(" ").map(Number));
  }, [viewport, said]);
}

/** Scrolls with the other areas while the stack is shown; one that comes later goes where the others are. */
function useLinked(
  key: string,
  { set, link }: Areas,
  viewport: ReturnType<typeof useViewport>["viewport"],
  stack: SliceStack,
  view: ViewState | null,
): void {
  const isShown = view !== null;
  useEffect(() => {
    if (viewport === null || !isShown) return undefined;
    const leave = link.add(key, viewport, stack);
    set(Number(key), { viewport, stack });
    return () => {
      leave();
      set(Number(key), null);
    };
  }, [key, link, set, viewport, stack, isShown]);
  const index = view?.index;
  useEffect(() => {
    if (index !== undefined) link.moved(key);
  }, [key, link, index]);
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
