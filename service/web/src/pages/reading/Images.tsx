import { useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { ReadingView } from "../../api/reading";
import controls from "../../ui/controls.module.css";
import { Notice } from "../../ui/Notice";
import type { SeriesSummary } from "../../viewer/dicomweb";
import type { Drawing } from "./drawing";
import { ImageArea } from "./ImageArea";
import { cellOfSeries, type Layout, withActive, withSeries } from "./layout";
import { isLate } from "./late";
import styles from "./reading.module.css";
import { SeriesRail } from "./SeriesRail";
import { studyOf } from "./study";
import type { Areas } from "./useAreas";
import type { Findings } from "./useFindings";
import type { KeyImages } from "./useKeyImages";
import { useHanging } from "./useHanging";
import { useLayout } from "./useLayout";
import { isMissing, readAnew, useStudySeries } from "./useStudySeries";

interface Props {
  hospital: string;
  study: string;
  renderer: string | undefined;
  view: ReadingView | undefined;
  areas: Areas;
  findings: Findings;
  drawing: Drawing;
  keyImages: KeyImages;
  isRailShown: boolean;
  isOverlayShown: boolean;
  /** Opens a window for the images; absent in that window. */
  onSecondWindow?: () => void;
}

/** The rail of series and the image area of one study, in the reading page and in a window of their own. */
export function Images(props: Props): ReactElement {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { hospital, study, view, findings, keyImages } = props;
  const { series, fault } = useStudySeries(hospital, study);
  const hanging = useHanging(hospital, study);
  const hung = hanging.hung ?? null;
  const inAddress = useLayout(study, series, hung);
  const { layout, change } = inAddress;
  const findingSeries = view?.analyses.find((each) => each.id === findings.chosen?.analysis_id)?.series_instance_uid ?? null;
  const placed = findings.target?.placed ?? null;
  useInLayout(findingSeries === null ? null : study, findingSeries, change, findings.chosen?.tracking_uid);
  useInLayout(placed?.study ?? null, placed?.series ?? null, change, findings.target);
  const known = useKnownSeries(hospital, layout, study, series);
  const shownStudy = useMemo(
    () =>
      studyOf({
        hospital,
        uid: study,
        view,
        keyImages: keyImages.marked,
        hung,
        seriesOf: known,
        words: { unnamed: t("reading.unknownSeries"), prior: t("reading.prior") },
      }),
    [hospital, study, view, keyImages.marked, hung, known, t],
  );
  const line = view?.line;
  const examined = { date: line?.study_date ?? "", modality: line?.modality ?? "", bodyPart: line?.body_part ?? "" };
  const shown = [layout.cells[layout.active], ...layout.cells].filter((cell) => cell != null);
  return (
    <>
      {props.isRailShown && series !== undefined && (
        <SeriesRail
          hospital={hospital}
          study={study}
          series={series}
          priors={shownStudy.priors}
          shown={shown}
          onChoose={(of, uid) => {
            findings.choose(undefined);
            change((now) => withSeries(now, of, uid));
          }}
        />
      )}
      <main className={styles.main}>
        {fault !== null && (
          <div className={styles.told}>
            <Notice tone="wrong">{isMissing(fault) ? t("reading.notFound") : t("problem.unreachable")}</Notice>
          </div>
        )}
        {series?.length === 0 && <p className={styles.told}>{t("reading.noSeries")}</p>}
        {isLate(series, view?.series) && (
          <Notice tone="warned">
            {t("reading.late")}{" "}
            <button className={controls.button} onClick={() => void readAnew(client, hospital)}>
              {t("reading.readAnew")}
            </button>
          </Notice>
        )}
        {fault === null && (series === undefined || hanging.hung === undefined) && (
          <p className={styles.told} role="status">
            {t("reading.loadingSeries")}
          </p>
        )}
        {series !== undefined && series.length > 0 && hanging.hung !== undefined && (
          <ImageArea
            study={shownStudy}
            series={series}
            placed={inAddress}
            hanging={hanging}
            renderer={props.renderer}
            areas={props.areas}
            drawing={props.drawing}
            target={findings.target}
            isOverlayShown={props.isOverlayShown}
            keyImages={keyImages}
            onSecondWindow={props.onSecondWindow ?? null}
            examined={examined}
          />
        )}
      </main>
    </>
  );
}

/** The series that something to look at was made on is shown where it lies already, else in the active place; with every choice anew. */
function useInLayout(study: string | null, series: string | null, change: (next: (layout: Layout) => Layout) => void, choice: unknown): void {
  useEffect(() => {
    if (study === null || series === null) return;
    change((now) => {
      const at = cellOfSeries(now, study, series);
      return at === -1 ? withSeries(now, study, series) : withActive(now, at);
    });
  }, [change, study, series, choice]);
}

/** Names of the series that are shown, of this study and of priors. */
function useKnownSeries(
  hospital: string,
  { cells }: Layout,
  study: string,
  series: readonly SeriesSummary[] | undefined,
): (study: string) => readonly SeriesSummary[] {
  const other = cells.find((cell) => cell !== null && cell.study !== study)?.study ?? null;
  const { series: ofOther } = useStudySeries(hospital, other ?? study);
  return useMemo(
    () => (asked: string) => (asked === study ? (series ?? []) : asked === other ? (ofOther ?? []) : []),
    [study, series, other, ofOther],
  );
}
