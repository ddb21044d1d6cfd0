import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type ReactElement, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { FindingView } from "../../api/reading";
import { type Action, type Handlers, useKeys } from "../../app/keyboard";
import type { ReadingSearch } from "../../app/router";
import { useReader } from "../../app/session";
import { DRAFT } from "../../viewer/measureLayer";
import { type Drawn, type Led, SecondWindow, type Stroke } from "./companion";
import { type Drawing, wordsOf } from "./drawing";
import { marksOf, pointedMarks } from "./findingMarks";
import { Images } from "./Images";
import { PatientStrip } from "./PatientStrip";
import styles from "./reading.module.css";
import { useAreas } from "./useAreas";
import { type Findings, useFindings } from "./useFindings";
import type { KeyImages } from "./useKeyImages";
import { FINDING_PENCIL } from "./useMarking";
import { useReadingContent } from "./useReading";
import { pairOfThisWindow } from "./useSecondWindow";
import { useUndo } from "./useUndo";

const route = getRouteApi("/read/$hospital/$study");

/** What the first window does when its key is pressed here. */
const PASSED_ON: readonly Action[] = [
  "finding1", "finding2", "finding3", "finding4", "finding5", "finding6", "finding7", "finding8", "finding9",
  "findingNext", "findingPrevious", "findingAccept", "findingReject", "findingDoubt", "findingOverlays",
  "findingLock", "panelFindings", "panelReport", "panelHistory", "reportKeep", "caseNext", "casePrevious", "close",
  "findingCorrect", "findingAdd", "findingSave", "findingUndo", "measureRemove",
];

interface Props {
  hospital: string;
  study: string;
}

/** Only the images of an examination, led by the window that opened this one. It holds nothing: closing it does no harm. */
export function ImagesWindow({ hospital, study }: Props): ReactElement {
  const { t } = useTranslation();
  const { renderer } = route.useSearch();
  const reader = useReader();
  const [isRailShown, setRailShown] = useState(true);
  const content = useReadingContent(hospital, study);
  const { led, second } = useLed(hospital, study);
  const isTaken = led?.isTaken ?? false;
  const reading = useMemo(() => ({ ...content, claimFault: null, isTaken, takeOver: () => undefined }), [content, isTaken]);
  const undo = useUndo();
  const findings = useFindings(reading, undo, reader.user.id);
  const areas = useAreas();
  const drawing = useDrawingThere(led?.drawn ?? NOTHING_DRAWN, findings, second);
  useLedFinding(led, content.view?.findings, findings.choose);
  const marked = content.view?.report?.key_images ?? NO_KEY_IMAGES;
  const keyImages: KeyImages = { marked, toggle: (place) => second?.mark(place), isSettled: false };
  const passed: Handlers = Object.fromEntries(PASSED_ON.map((action) => [action, () => second?.press(action)]));
  useKeys({
    ...passed,
    seriesRail: () => setRailShown((shown) => !shown),
  });
  useEffect(() => {
    document.title = `${t("reading.imagesOnly")} · ${t("common.product")}`;
  }, [t]);
  return (
    <div className={styles.page}>
      <PatientStrip hospital={hospital} study={study} />
      <div className={styles.middle}>
        <Images
          hospital={hospital}
          study={study}
          renderer={renderer}
          view={content.view}
          areas={areas}
          findings={findings}
          drawing={drawing}
          keyImages={keyImages}
          isRailShown={isRailShown}
          isOverlayShown={led?.isOverlayShown ?? true}
        />
      </div>
    </div>
  );
}

const NOTHING_DRAWN: Drawn = { measures: [], isDrafting: false, corrected: null, pointed: null };

/** What the first window draws is drawn here, and what is drawn here is done there. */
function useDrawingThere(drawn: Drawn, { drawn: all, chosen, isTaken }: Findings, second: SecondWindow | null): Drawing {
  const { t } = useTranslation();
  const latest = useRef({ second, t });
  useEffect(() => {
    latest.current = { second, t };
  });
  const listeners = useMemo<Drawing["listeners"]>(() => {
    const tell = (stroke: Stroke): void => latest.current.second?.draw(stroke);
    return {
      onSet: (measure) => tell({ what: "set", measure }),
      onMoving: (measure) => (measure.id === DRAFT ? tell({ what: "moving", measure }) : undefined),
      onPlace: (image, at) => tell({ what: "place", image, at }),
      says: (figures, valueUnit) => wordsOf(figures, latest.current.t, valueUnit),
    };
  }, []);
  const { measures, isDrafting, corrected, pointed } = drawn;
  const chosenUid = chosen?.tracking_uid ?? null;
  return useMemo(
    () => ({
      measures,
      pencil: isDrafting && !isTaken ? FINDING_PENCIL : null,
      isTaken,
      listeners,
      marksOn: (of) => [...marksOf(all, of, { chosen: chosenUid, corrected }), ...pointedMarks(pointed, of)],
      shows: ({ sopInstanceUid, frame }) => latest.current.second?.draw({ what: "look", image: { sopInstanceUid, frame } }),
    }),
    [measures, isDrafting, isTaken, corrected, pointed, listeners, all, chosenUid],
  );
}

const NO_KEY_IMAGES: KeyImages["marked"] = [];

/** Follows the first window from examination to examination, and tells it the layout. */
function useLed(hospital: string, study: string): { led: Led | null; second: SecondWindow | null } {
  const navigate = useNavigate();
  const search = route.useSearch();
  const [led, setLed] = useState<Led | null>(null);
  const [second, setSecond] = useState<SecondWindow | null>(null);
  useEffect(() => {
    const name = pairOfThisWindow();
    if (name === null) return undefined;
    const opened = new SecondWindow(new BroadcastChannel(name), setLed);
    setSecond(opened);
    const leave = (): void => opened.close();
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      leave();
    };
  }, []);
  useEffect(() => {
    second?.show({ study, search: layoutPart(search) });
  }, [second, study, search]);
  const goneTo = led === null || (led.hospital === hospital && led.study === study) ? null : led;
  useEffect(() => {
    if (goneTo === null) return;
    const params = { hospital: goneTo.hospital, study: goneTo.study };
    void navigate({
      to: "/read/$hospital/$study",
      params,
      search: ({ renderer }: ReadingSearch) => ({ window: "images", ...(renderer === undefined ? {} : { renderer }) }),
      replace: true,
    });
  }, [goneTo, navigate]);
  return { led, second };
}

function layoutPart({ window: _window, renderer: _renderer, ...layout }: ReadingSearch): ReadingSearch {
  return layout;
}

/** Goes to the finding that is chosen in the first window, with every choice anew. */
function useLedFinding(led: Led | null, known: readonly FindingView[] | undefined, choose: Findings["choose"]): void {
  const latest = useRef(choose);
  useEffect(() => {
    latest.current = choose;
  });
  const done = useRef(0);
  const finding = led?.finding ?? null;
  useEffect(() => {
    const count = finding?.count ?? 0;
    if (known === undefined || count === done.current) return;
    done.current = count;
    latest.current(known.find((each) => each.tracking_uid === finding?.uid));
  }, [finding, known]);
}
