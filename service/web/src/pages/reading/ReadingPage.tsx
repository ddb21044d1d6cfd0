import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type ReactElement, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { useKeys } from "../../app/keyboard";
import { useReader } from "../../app/session";
import { Notice } from "../../ui/Notice";
import { dicomwebRoot, DicomwebRefused, imageSeries, seriesMetadata, seriesPath } from "../../viewer/dicomweb";
import { type Slice, sliceStack } from "../../viewer/slices";
import { PatientStrip } from "./PatientStrip";
import styles from "./reading.module.css";
import { Panel } from "./Panel";
import { SeriesRail } from "./SeriesRail";
import { ImageArea } from "./ImageArea";
import { useFindingKeys } from "./useFindingKeys";
import { useFindings } from "./useFindings";
import { useMarking } from "./useMarking";
import { useReading } from "./useReading";
import { useReport } from "./report/useReport";
import { useUndo } from "./useUndo";

const NO_SLICES: readonly Slice[] = [];
const route = getRouteApi("/read/$hospital/$study");

/** One study: its series as thumbnails, one of them large, and beside it the request and the findings. The address holds series and slice. */
export function ReadingPage(): ReactElement {
  const { t } = useTranslation();
  const { hospital, study } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate();
  const reader = useReader();
  const [isRailShown, setRailShown] = useState(true);
  const [isOverlayShown, setOverlayShown] = useState(true);
  const reading = useReading(hospital, study);
  const undo = useUndo();
  const findings = useFindings(reading, undo, reader.user.id);
  const report = useReport(hospital, study, reading);
  const inSeries = reading.view?.analyses.find((each) => each.id === findings.chosen?.analysis_id)?.series_instance_uid;
  useEffect(() => {
    if (inSeries != null) void navigate({ to: ".", search: (now) => ({ ...rendererOf(now), series: inSeries }) });
  }, [navigate, inSeries]);
  const root = dicomwebRoot(hospital);
  const series = useQuery({
    queryKey: ["series", hospital, study],
    queryFn: ({ signal }) => imageSeries(root, study, signal),
    enabled: !reader.locked,
    retry: isWorthRetrying,
  });
  const chosen = series.data?.find((each) => each.uid === search.series) ?? series.data?.[0];
  const path = chosen === undefined ? null : seriesPath(study, chosen.uid);
  const metadata = useQuery({
    queryKey: ["metadata", hospital, path],
    queryFn: ({ signal }) => seriesMetadata(root, path ?? "", signal),
    enabled: path !== null && !reader.locked,
    staleTime: Infinity,
    retry: isWorthRetrying,
  });
  const stack = useMemo(() => (metadata.data === undefined ? null : sliceStack(metadata.data)), [metadata.data]);
  const marking = useMarking(findings, undo, stack?.slices ?? NO_SLICES);
  useFindingKeys(reading.view, findings, marking, () => setOverlayShown((shown) => !shown));
  useKeys({
    back: () => void navigate({ to: "/worklist", search: {} }),
    seriesRail: () => setRailShown((shown) => !shown),
  });
  useEffect(() => {
    document.title = `${t("reading.title")} · ${t("common.product")}`;
  }, [t]);

  const fault = series.error ?? metadata.error;
  return (
    <div className={styles.page}>
      <PatientStrip hospital={hospital} study={study} />
      <div className={styles.middle}>
        {isRailShown && series.data !== undefined && (
          <SeriesRail
            root={root}
            study={study}
            series={series.data}
            chosen={chosen?.uid}
            onChoose={(uid) => {
              findings.choose(undefined);
              void navigate({ to: ".", search: { ...rendererOf(search), series: uid } });
            }}
          />
        )}
        <main className={styles.main}>
          {fault !== null && (
            <div className={styles.told}>
              <Notice tone="wrong">{isMissing(fault) ? t("reading.notFound") : t("problem.unreachable")}</Notice>
            </div>
          )}
          {series.data?.length === 0 && <p className={styles.told}>{t("reading.noSeries")}</p>}
          {fault === null && (series.isPending || (path !== null && stack === null)) && (
            <p className={styles.told} role="status">
              {t("reading.loadingSeries")}
            </p>
          )}
          {stack !== null && path !== null && stack.slices.length > 0 && (
            <ImageArea
              key={path}
              root={root}
              path={path}
              stack={stack}
              slice={search.slice}
              renderer={search.renderer}
              target={findings.target}
              drawing={marking.drawing}
              isOverlayShown={isOverlayShown}
              onSlice={(slice) =>
                void navigate({ to: ".", search: (now) => ({ ...now, slice: String(slice) }), replace: true })
              }
            />
          )}
        </main>
        <Panel reading={reading} findings={findings} marking={marking} report={report} slices={stack?.slices ?? NO_SLICES} />
      </div>
    </div>
  );
}

/** Another series begins at its own slice, with the same renderer. */
function rendererOf({ renderer }: { renderer?: string }): { renderer?: string } {
  return renderer === undefined ? {} : { renderer };
}

function isMissing(fault: unknown): boolean {
  return fault instanceof DicomwebRefused && (fault.status === 404 || fault.status === 403);
}

function isWorthRetrying(count: number, fault: unknown): boolean {
  return count < 2 && !isMissing(fault);
}
