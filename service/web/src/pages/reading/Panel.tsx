import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { RoomProblem } from "../../api/client";
import { inWords } from "../../api/problems";
import type { ReadingView } from "../../api/reading";
import controls from "../../ui/controls.module.css";
import { Notice } from "../../ui/Notice";
import type { Slice } from "../../viewer/slices";
import { FindingsPanel } from "./FindingsPanel";
import styles from "./panel.module.css";
import type { Findings } from "./useFindings";
import type { Marking } from "./useMarking";
import type { Reading } from "./useReading";

/** What is asked, what must not be overlooked, and what packages found; beside the images. */
interface Props {
  reading: Reading;
  findings: Findings;
  marking: Marking;
  /** Of every stack that is shown. */
  slices: readonly Slice[];
}

/** What is asked, what must not be overlooked, and what packages found; beside the images. */
export function Panel({ reading, findings, marking, slices }: Props): ReactElement {
  const { t } = useTranslation();
  const { view, fault, claimFault, takeOver } = reading;
  return (
    <aside className={styles.panel} aria-label={t("panel.title")} tabIndex={0}>
      {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
      {claimFault !== null && (
        <Notice tone="warned">
          {inWords(claimFault, t)}
          {claimFault instanceof RoomProblem && claimFault.code === "claimed" && view?.line.reader != null && (
            <button className={controls.button} onClick={takeOver}>
              {t("panel.takeOver")}
            </button>
          )}
        </Notice>
      )}
      {view?.banners.map(({ kind, text }, at) => (
        <Notice key={`${kind}-${at}`} tone="warned">
          {text}
        </Notice>
      ))}
      {view !== undefined && <Request view={view} />}
      {view !== undefined && <FindingsPanel view={view} findings={findings} marking={marking} slices={slices} />}
    </aside>
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
    <section className={styles.part}>
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
