import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { copies } from "../../viewer/copies";
import type { Progress } from "../../viewer/loading";
import { lossOf, unappliedOf } from "../../viewer/quality";
import type { SliceStack } from "../../viewer/slices";
import type { Renderer } from "../../viewer/start";
import type { ViewState } from "../../viewer/viewport";
import styles from "./reading.module.css";
import { SideLetters } from "./SideLetters";

interface Props {
  view: ViewState | null;
  stack: SliceStack;
  progress: Progress | null;
  renderer: Renderer | null;
  /** Which series this is, and of which examination where it is an earlier one. */
  title: string;
  prior: string | null;
  /** Findings were made for another geometry and are not drawn. */
  isMisfit: boolean;
  isKeyImage: boolean;
}

/** Words in the corners and letters at the edges; the image itself stays free. */
export function Corners({ view, stack, progress, renderer, title, prior, isMisfit, isKeyImage }: Props): ReactElement {
  const { t } = useTranslation();
  const { slices, course } = stack;
  const index = view?.index ?? 0;
  const placeMm = course?.placesMm[index];
  const metadata = slices[index]?.metadata ?? {};
  const loss = lossOf(metadata);
  const isLoading = progress !== null && progress.loaded < progress.total;
  return (
    <>
      <div className={styles.topRight}>
        <span>{t("reading.slice", { at: index + 1, of: slices.length })}</span>
        {placeMm !== undefined && <span>{t("reading.place", { mm: placeMm.toFixed(1) })}</span>}
        {stack.spacingMm !== null && <span>{t("reading.spacing", { mm: stack.spacingMm.toFixed(2) })}</span>}
        {stack.isUneven && <span className={styles.warn}>{t("reading.uneven")}</span>}
        {loss !== null && (
          <span className={styles.warn}>
            {loss.ratio === null ? t("reading.lossy") : t("reading.lossyRatio", { ratio: loss.ratio.toFixed(1) })}
          </span>
        )}
        {unappliedOf(metadata).map((each) => (
          <span key={each} className={styles.warn}>
            {t(`reading.unapplied.${each}`)}
          </span>
        ))}
      </div>
      <div className={styles.topLeft}>
        {prior !== null && <span className={styles.prior}>{prior}</span>}
        <span>{title}</span>
        {isKeyImage && <span className={styles.isKey}>{t("reading.isKeyImage")}</span>}
        {isLoading && <span>{t("reading.loaded", { count: progress.loaded, of: progress.total })}</span>}
        {copies.areRefused && <span className={styles.warn}>{t("reading.copiesRefused")}</span>}
        {isMisfit && <span className={styles.warn}>{t("reading.misfit")}</span>}
      </div>
      {view !== null && (
        <div className={styles.bottomLeft}>
          {view.window !== null && (
            <span>
              {t("reading.window", { width: Math.round(view.window.width), centre: Math.round(view.window.centre) })}
            </span>
          )}
          <span>{t("reading.zoom", { percent: view.zoomPercent })}</span>
        </div>
      )}
      <div className={styles.bottomRight}>
        {renderer !== null && <span>{renderer === "cpu" ? t("reading.cpu") : t("reading.gpu")}</span>}
      </div>
      {view?.sides != null && <SideLetters sides={view.sides} />}
    </>
  );
}
