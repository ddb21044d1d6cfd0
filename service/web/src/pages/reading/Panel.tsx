import { type ReactElement, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../api/problems";
import type { ReadingView } from "../../api/reading";
import { useKeys } from "../../app/keyboard";
import { Notice } from "../../ui/Notice";
import type { Slice } from "../../viewer/slices";
import { UrgencyKey } from "../worklist/UrgencyKey";
import { UrgencySaid } from "../worklist/UrgencySaid";
import { FindingsPanel } from "./FindingsPanel";
import styles from "./panel.module.css";
import { Dialogs } from "./report/Dialogs";
import { History } from "./report/History";
import { ReportPane } from "./report/ReportPane";
import type { Report } from "./report/useReport";
import { Standing } from "./Standing";
import type { Findings } from "./useFindings";
import type { Marking } from "./useMarking";
import type { Reading } from "./useReading";

const PANES = ["findings", "report", "history"] as const;
type Pane = (typeof PANES)[number];

interface Props {
  reading: Reading;
  findings: Findings;
  marking: Marking;
  report: Report;
  /** Of every stack that is shown. */
  slices: readonly Slice[];
}

/** What is asked and what must not be overlooked, always; findings, report and its versions by tab. Wide screens show findings beside the report. */
export function Panel({ reading, findings, marking, report, slices }: Props): ReactElement {
  const { t } = useTranslation();
  const { view, fault, isTaken } = reading;
  const isWide = useIsWide();
  const [chosen, setChosen] = useState<Pane>("findings");
  const input = useRef<HTMLTextAreaElement>(null);
  const isAsked = useRef(false);
  useEffect(() => {
    if (!isAsked.current || input.current === null) return;
    // The pane opens at its top, whatever of the text fits.
    input.current.focus({ preventScroll: true });
    isAsked.current = false;
  });
  useKeys({
    panelFindings: () => setChosen("findings"),
    panelReport: () => {
      isAsked.current = input.current === null;
      setChosen("report");
      input.current?.focus();
    },
    panelHistory: () => setChosen("history"),
  });
  const isFindingAsked = marking.drafting.draft !== null || findings.isRejecting;
  useEffect(() => {
    if (isFindingAsked) setChosen("findings");
  }, [isFindingAsked]);
  const { hospital, study } = report.calls;
  const pictures = { hospital, study, slices, onGo: findings.goTo };
  const pane = isWide && chosen === "findings" ? "report" : chosen;
  const panes = PANES.filter((each) => !isWide || each !== "findings");
  const names: Record<Pane, string> = { findings: t("findings.title"), report: t("report.title"), history: t("report.history") };
  const findingsPanel = view !== undefined && <FindingsPanel view={view} findings={findings} marking={marking} slices={slices} />;
  return (
    <aside className={`${styles.panel} ${isWide ? styles.wide : ""}`} aria-label={t("panel.title")} aria-busy={view === undefined && fault === null}>
      <div className={styles.column}>
        <div className={styles.always}>
          {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
          <Standing reading={reading} />
          {view?.banners.map(({ kind, text }, at) => (
            <Notice key={`${kind}-${at}`} tone="warned">
              {text}
            </Notice>
          ))}
          {view !== undefined && (
            <section className={styles.part} aria-label={t("columns.urgency")}>
              <UrgencySaid row={view.line} />
            </section>
          )}
          {view !== undefined && <Request view={view} />}
        </div>
        {isWide && <div className={styles.beside}>{findingsPanel}</div>}
      </div>
      <div className={styles.column}>
        <div className={styles.tabs} role="tablist" aria-label={t("report.panes")}>
          {panes.map((each) => (
            <button
              key={each}
              id={`tab-${each}`}
              role="tab"
              aria-selected={each === pane}
              aria-controls="pane"
              onClick={() => setChosen(each)}
            >
              {names[each]} <kbd>{({ findings: "F", report: "Y", history: "J" } as const)[each]}</kbd>
            </button>
          ))}
        </div>
        <div key={pane} id="pane" role="tabpanel" aria-labelledby={`tab-${pane}`} className={styles.pane} tabIndex={0}>
          {pane === "findings" && findingsPanel}
          {view !== undefined && pane === "report" && <ReportPane view={view} report={report} isTaken={isTaken} input={input} onLeave={leaveText} pictures={pictures} />}
          {view !== undefined && pane === "history" && <History view={view} calls={report.calls} />}
        </div>
      </div>
      <UrgencyKey row={view?.line} onSaid={() => void reading.again()} />
      {view !== undefined && (
        <Dialogs
          isSaying={marking.drafting.draft !== null}
          view={view}
          isTaken={isTaken}
          report={report}
          onJudge={(finding) => {
            setChosen("findings");
            findings.choose(finding);
          }}
        />
      )}
    </aside>
  );
}

/** Single letters are keys again. */
function leaveText(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

/** Whether findings and report stand side by side. */
function useIsWide(): boolean {
  const [query] = useState(() => window.matchMedia("(min-width: 1920px)"));
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener("change", listener);
      return () => query.removeEventListener("change", listener);
    },
    () => query.matches,
  );
}

function Request({ view: { request, priors } }: { view: ReadingView }): ReactElement {
  const { t } = useTranslation();
  const reports = [
    ...(request?.prior_reports ?? []).map((text) => ({ head: t("panel.fromRequest"), text })),
    ...priors.map((each) => ({
      head: [each.study_date, each.modalities.join(" "), each.description].filter(Boolean).join(" "),
      text: each.report ?? t("panel.noReport"),
    })),
  ];
  const absent = t("panel.notGiven");
  return (
    <section className={`${styles.part} ${styles.request}`} tabIndex={0} aria-label={t("panel.request")}>
      <h2>{t("panel.request")}</h2>
      {request === null ? (
        <p>{t("panel.noRequest")}</p>
      ) : (
        <dl>
          <dt>{t("panel.question")}</dt>
          <dd>{request.question || absent}</dd>
          <dt>{t("panel.history")}</dt>
          <dd>{request.history || absent}</dd>
          <dt>{t("panel.department")}</dt>
          <dd>{request.department || absent}</dd>
        </dl>
      )}
      <h2>{t("panel.earlier")}</h2>
      {reports.length === 0 && <p>{t("panel.noEarlier")}</p>}
      {reports.map(({ head, text }, at) => (
        <div key={at}>
          <small>{head}</small>
          <p className={styles.text}>{text}</p>
        </div>
      ))}
    </section>
  );
}
