import { type ReactElement, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { Notice } from "../../ui/Notice";
import { dicomwebRoot } from "../../viewer/dicomweb";
import type { Progress } from "../../viewer/loading";
import { imageIdsOf, type Plane, PLANES, type PlaneView, Reformat, whyNotReformatted } from "../../viewer/reformat";
import type { Window } from "../../viewer/presets";
import type { SliceStack } from "../../viewer/slices";
import type { Drawing } from "./drawing";
import type { Cell } from "./layout";
import styles from "./reading.module.css";
import { SideLetters } from "./SideLetters";
import type { Study } from "./study";
import type { Findings } from "./useFindings";
import { useFirstWindow } from "./useFirstWindow";
import { useSections } from "./useSections";
import { useStack } from "./useStudySeries";

interface Props {
  study: Study;
  cell: Cell;
  title: string;
  drawing: Drawing;
  target: Findings["target"];
  isOverlayShown: boolean;
  /** Told when there is something to steer, and when there is no more. */
  onReformat: (reformat: Reformat | null) => void;
}

/** The volume of a series in three planes, with the findings they pass through; a click in one goes to that place in the others. */
export function ReformatArea({ study, cell, ...props }: Props): ReactElement {
  const { t } = useTranslation();
  const { path, stack, readAt, fault } = useStack(study.hospital, cell.study, cell.series);
  const window = useFirstWindow(study, cell, stack);
  if (fault !== null) return <p className={styles.told}>{t("problem.unreachable")}</p>;
  if (stack === undefined || window === undefined) return <p className={styles.told}>{t("reading.loadingSeries")}</p>;
  const why = whyNotReformatted(stack);
  if (why !== null) {
    return (
      <div className={styles.told}>
        <Notice tone="warned">{t(`reading.notReformatted.${why}`)}</Notice>
      </div>
    );
  }
  return <Planes key={readAt} root={dicomwebRoot(study.hospital)} path={path} stack={stack} window={window} looked={cell.slice === undefined ? null : Number(cell.slice) - 1} isOwn={cell.study === study.uid} {...props} />;
}

interface Shown extends Omit<Props, "study" | "cell"> {
  root: string;
  path: string;
  stack: SliceStack;
  window: Window | null;
  /** 0-based. */
  looked: number | null;
  isOwn: boolean;
}

function Planes({ root, path, stack, window, title, onReformat, ...findings }: Shown): ReactElement {
  const { t } = useTranslation();
  const places = useRef<Partial<Record<Plane, HTMLDivElement>>>({});
  const [views, setViews] = useState<Partial<Record<Plane, PlaneView>>>({});
  const [progress, setProgress] = useState<Progress | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [reformat, setReformat] = useState<Reformat | null>(null);
  useSections(reformat, { stack, ...findings });
  const imageIds = useMemo(() => imageIdsOf(root, path, stack), [root, path, stack]);
  useEffect(() => {
    const { axial, coronal, sagittal } = places.current;
    if (axial === undefined || coronal === undefined || sagittal === undefined) return undefined;
    let opened: Reformat | null = null;
    let isGone = false;
    const listeners = {
      onView: (plane: Plane, view: PlaneView) => setViews((before) => ({ ...before, [plane]: view })),
      onProgress: setProgress,
    };
    Reformat.open({ axial, coronal, sagittal }, imageIds, listeners, window).then(
      (made) => {
        if (isGone) return made.destroy();
        opened = made;
        setReformat(made);
        return onReformat(made);
      },
      (raised: unknown) => setFault(raised instanceof Error ? raised.message : String(raised)),
    );
    return () => {
      isGone = true;
      setReformat(null);
      onReformat(null);
      opened?.destroy();
    };
  }, [imageIds, window, onReformat]);
  const isLoading = progress !== null && progress.loaded < progress.total;
  return (
    <div className={styles.planes}>
      {PLANES.map((plane) => (
        <div key={plane} className={styles.cell} data-plane={plane}>
          <div
            className={styles.plane}
            tabIndex={0}
            role="region"
            aria-label={t("reading.planeLabel", { plane: t(`reading.plane.${plane}`), mm: mm(views[plane]) })}
            onContextMenu={(event) => event.preventDefault()}
          >
            <div
              ref={(element) => {
                if (element !== null) places.current[plane] = element;
              }}
              className={styles.drawn}
            />
          </div>
          {views[plane] !== undefined && <SideLetters sides={views[plane].sides} />}
          <div className={styles.topLeft}>
            <span>{t(`reading.plane.${plane}`)}</span>
            {plane === "axial" && <span>{title}</span>}
            {plane === "axial" && isLoading && <span>{t("reading.loaded", { count: progress.loaded, of: progress.total })}</span>}
          </div>
          <div className={styles.bottomLeft}>
            {views[plane]?.hasExtent === true && <span>{t("reading.extent")}</span>}
            <span>{t("reading.place", { mm: mm(views[plane]) })}</span>
            {plane === "axial" && views.axial?.window != null && (
              <span>
                {t("reading.window", {
                  width: Math.round(views.axial.window.width),
                  centre: Math.round(views.axial.window.centre),
                })}
              </span>
            )}
          </div>
          {plane === "axial" && fault !== null && (
            <div className={styles.over}>
              <Notice tone="wrong">{t("reading.failed", { reason: fault })}</Notice>
            </div>
          )}
        </div>
      ))}
    </div>
  );
}

function mm(view: PlaneView | undefined): string {
  return view === undefined ? "–" : view.placeMm.toFixed(1);
}
