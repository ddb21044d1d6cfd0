import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type ReactElement, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { RoomProblem } from "../../api/client";
import type { NoticeView } from "../../api/notices";
import { useKeys } from "../../app/keyboard";
import { useReader } from "../../app/session";
import controls from "../../ui/controls.module.css";
import { Notice } from "../../ui/Notice";
import { Told } from "../../ui/Told";
import type { OnImage } from "../../viewer/measure";
import type { Slice } from "../../viewer/slices";
import type { Stroke } from "./companion";
import { type Drawing, isOn } from "./drawing";
import { Images } from "./Images";
import { type Cell, layoutOf } from "./layout";
import { ImagesWindow } from "./ImagesWindow";
import { useMeasures } from "./measures/useMeasures";
import { Panel } from "./Panel";
import { NoticeStrip } from "./notices/NoticeStrip";
import { PatientStrip } from "./PatientStrip";
import styles from "./reading.module.css";
import { useReport } from "./report/useReport";
import { placeOf, searchOf } from "../worklist/place";
import { type Areas, slicesOf, useAreas } from "./useAreas";
import { useCases } from "./useCases";
import { useFindingKeys } from "./useFindingKeys";
import { useFindings } from "./useFindings";
import { useKeyImages } from "./useKeyImages";
import { useMarking } from "./useMarking";
import { useReading } from "./useReading";
import { useSecondWindow } from "./useSecondWindow";
import { useStacks } from "./useStudySeries";
import { useUndo } from "./useUndo";

const NO_NOTICES: readonly NoticeView[] = [];
const route = getRouteApi("/read/$hospital/$study");

/** The examination the address names; another one begins anew. */
export function ReadingPage(): ReactElement {
  const { hospital, study } = route.useParams();
  const isSecond = route.useSearch().window === "images";
  if (isSecond) return <ImagesWindow key={`${hospital} ${study}`} hospital={hospital} study={study} />;
  return <OneExamination key={`${hospital} ${study}`} hospital={hospital} study={study} />;
}

/** Its images, and beside them the request, the findings and the report. The address holds the layout. */
function OneExamination({ hospital, study }: { hospital: string; study: string }): ReactElement {
  const { t } = useTranslation();
  const { renderer } = route.useSearch();
  const navigate = useNavigate();
  const reader = useReader();
  const [isRailShown, setRailShown] = useState(true);
  const [isOverlayShown, setOverlayShown] = useState(true);
  const reading = useReading(hospital, study);
  const undo = useUndo();
  const findings = useFindings(reading, undo, reader.user.id);
  const report = useReport(hospital, study, reading);
  const keyImages = useKeyImages(report);
  const areas = useAreas();
  const slices = useShownSlices(hospital, study, areas);
  const measures = useMeasures(hospital, study, undo);
  const marking = useMarking(findings, undo, slices, measures);
  const strokesThere = useStrokesThere(marking.drawing, slices);
  const second = useSecondWindow({
    hospital,
    study,
    findings,
    isOverlayShown,
    drawn: marking.drawn,
    isTaken: reading.isTaken,
    onStroke: strokesThere,
    onMarked: (place) => (keyImages.isSettled || reading.isTaken ? undefined : keyImages.toggle(place)),
  });
  const { told, to, hush } = useCases(study);
  useFindingKeys(reading.view, findings, marking, () => setOverlayShown((shown) => !shown));
  useKeys({
    caseNext: () => to(1),
    casePrevious: () => to(-1),
    secondWindow: second.isThere ? second.bringBack : second.open,
    back: () => void navigate({ to: "/worklist", search: searchOf(placeOf(reader.user.id).filter) }),
    seriesRail: () => setRailShown((shown) => !shown),
  });
  // The images' place says so, and where to go; there is nothing to write about.
  const isUnknown = reading.view === undefined && reading.fault instanceof RoomProblem && reading.fault.status === 404;
  // Enough to tell two tabs apart; a name would stay in the browser's history.
  const subject = [reading.view?.line.modality, reading.view?.line.accession_number].filter(Boolean).join(" ");
  useEffect(() => {
    document.title = [subject, t("reading.title"), t("common.product")].filter((part) => part !== "").join(" · ");
  }, [subject, t]);
  return (
    <div className={styles.page}>
      <div>
        <PatientStrip hospital={hospital} study={study} />
        <NoticeStrip notices={reading.view?.notices ?? NO_NOTICES} onDocumented={() => void reading.again()} />
        {told !== null && <Told onClose={hush}>{told}</Told>}
      </div>
      <div className={styles.middle}>
        {second.isThere ? (
          <div className={styles.away}>
            <Notice tone="told">{t("reading.imagesAway")}</Notice>
            <button className={controls.button} onClick={second.bringBack}>
              {t("reading.bringBack")}
            </button>
          </div>
        ) : (
          <Images
            hospital={hospital}
            study={study}
            renderer={renderer}
            view={reading.view}
            areas={areas}
            findings={findings}
            drawing={marking.drawing}
            keyImages={keyImages}
            isRailShown={isRailShown}
            isOverlayShown={isOverlayShown}
            onSecondWindow={second.open}
          />
        )}
        {!isUnknown && <Panel reading={reading} findings={findings} marking={marking} report={report} slices={slices} />}
      </div>
    </div>
  );
}

const NOTHING: readonly Cell[] = [];

/** Of every stack that is shown; while another window shows the images, of those that the address says it shows. */
function useShownSlices(hospital: string, study: string, areas: Areas): readonly Slice[] {
  const search = route.useSearch();
  const isAway = areas.open.every((area) => area == null);
  const cells = useMemo(() => layoutOf(search, study).cells.filter((cell) => cell !== null), [search, study]);
  const away = useStacks(hospital, isAway ? cells : NOTHING);
  const here = useMemo(() => slicesOf(areas), [areas]);
  const [last, setLast] = useState(here);
  if (here.length > 0 && here !== last) setLast(here);
  if (!isAway) return here;
  // Until the address names what the other window shows, what was shown here goes on being known.
  return away.length > 0 ? away : last;
}

/** Does what was drawn in the second window as if it were drawn here. Returns what is told of each stroke there. */
function useStrokesThere({ listeners, shows }: Drawing, slices: readonly Slice[]): (stroke: Stroke) => void {
  const [looked, setLooked] = useState<OnImage | null>(null);
  useEffect(() => {
    const slice = looked === null ? undefined : slices.find((each) => isOn(looked, each));
    if (slice !== undefined) shows(slice);
  }, [looked, slices, shows]);
  return (stroke) => {
    if (stroke.what === "set") listeners.onSet(stroke.measure);
    else if (stroke.what === "moving") listeners.onMoving(stroke.measure);
    else if (stroke.what === "place") listeners.onPlace(stroke.image, stroke.at);
    else setLooked(stroke.image);
  };
}
