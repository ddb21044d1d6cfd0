import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../api/problems";
import type { TrackRecord } from "../../api/finding";
import { type AnalysisView, type FindingView, REASONS, type ReadingView } from "../../api/reading";
import type { Translate } from "../../app/i18n";
import controls from "../../ui/controls.module.css";
import { Icon } from "../../ui/icons";
import { Notice } from "../../ui/Notice";
import { FindingCard } from "./FindingCard";
import { FindingForm } from "./FindingForm";
import { isOwn, judgedCount } from "./findings";
import { MeasureList } from "./measures/MeasureList";
import { PackageNote } from "./PackageNote";
import { SelectionNote } from "./SelectionNote";
import styles from "./panel.module.css";
import type { Slice } from "../../viewer/slices";
import type { Findings } from "./useFindings";
import type { Marking } from "./useMarking";

interface Props {
  view: ReadingView;
  findings: Findings;
  marking: Marking;
  /** Of every stack that is shown. */
  slices: readonly Slice[];
}

/** Findings in the order they are given, and what the reader can do with the chosen one. */
export function FindingsPanel({ view, findings, marking, slices }: Props): ReactElement {
  const { t } = useTranslation();
  const { draft } = marking.drafting;
  const { isTaken, isClosed, settled } = findings;
  const whyTaken = isTaken ? t("panel.taken") : undefined;
  const whySettled = settled === null ? undefined : t(`findings.settled.${settled}`);
  const analysisOf = ({ analysis_id: id }: FindingView): AnalysisView | undefined => view.analyses.find((one) => one.id === id);
  const recordOf = (by: AnalysisView): TrackRecord | undefined =>
    findings.tools?.records.find((each) => each.package === by.package && each.version === by.version);
  const packages = view.analyses.filter(({ id }) => view.findings.some((each) => each.analysis_id === id));
  const hidden = view.analyses.filter((each) => each.is_hidden);
  const waiting = hidden.filter((each) => each.mode === "second-reader");
  const sorting = hidden.filter((each) => each.mode === "triage-only");
  return (
    <>
    <section className={styles.part}>
      <h2>
        {t("findings.title")}
        {view.findings.length > 0 && (
          <small>{t("findings.progress", { judged: judgedCount(view.findings), of: view.findings.length })}</small>
        )}
      </h2>
      {findings.fault !== null && <Notice tone="wrong">{inWords(findings.fault, t)}</Notice>}
      {findings.changed.map((each) => (
        <Notice key={each.tracking_uid} tone="warned">
          {t("findings.changed", {
            number: each.number,
            name: each.judgements[each.judgements.length - 1]?.by.name ?? "–",
            state: each.state.text,
          })}
        </Notice>
      ))}
      {sorting.length > 0 && <p>{t("findings.sortsOnly", { titles: titlesOf(sorting, t) })}</p>}
      {view.waits_for_impression && (
        <>
          <p>{t("findings.ready", { titles: titlesOf(waiting, t) })}</p>
          <button className={`${controls.button} ${controls.primary}`} onClick={findings.lockImpression} disabled={isTaken} title={whyTaken}>
            {t("findings.lock")} <kbd>L</kbd>
          </button>
        </>
      )}
      {!view.waits_for_impression && view.findings.length === 0 && <p>{t("findings.none")}</p>}
      {whySettled !== undefined && <p>{whySettled}</p>}
      <fieldset className={styles.held} disabled={isClosed}>
        {draft === null ? (
          <Acts findings={findings} marking={marking} whyOff={whyTaken ?? whySettled} />
        ) : (
          <FindingForm key={draft.finding?.tracking_uid ?? "new"} draft={draft} marking={marking} isClosed={isClosed} />
        )}
      </fieldset>
      {packages.map((each) => (
        <PackageNote key={each.id} analysis={each} record={recordOf(each)} />
      ))}
      {view.analyses.map((each) => (
        <SelectionNote key={each.id} analysis={each} />
      ))}
      {view.findings.map((each) => (
        <FindingCard
          key={each.tracking_uid}
          finding={each}
          analysis={analysisOf(each)}
          expected={findings.expected[each.tracking_uid]}
          isChosen={each.tracking_uid === findings.chosen?.tracking_uid}
          onChoose={() => findings.choose(each)}
        />
      ))}
    </section>
    <MeasureList measures={marking.measures} isTaken={isTaken} slices={slices} onJump={findings.goTo} />
    </>
  );
}

function titlesOf(analyses: readonly AnalysisView[], t: Translate): string {
  return analyses.map((each) => each.title).join(t("finding.comma"));
}

function Acts({ findings, marking, whyOff }: { findings: Findings; marking: Marking; whyOff: string | undefined }): ReactElement {
  const { t } = useTranslation();
  const { chosen, judge } = findings;
  if (findings.isRejecting) {
    return (
      <div className={`${styles.acts} ${styles.standing}`} role="group" aria-label={t("findings.why")} title={whyOff}>
        <p className={styles.asked}>
          {t("findings.why")} <kbd>Esc</kbd>
        </p>
        {REASONS.map((reason, at) => (
          <button key={reason} className={controls.button} onClick={() => judge("reject", reason)}>
            <kbd>{at + 1}</kbd> {t(`findings.reason.${reason}`)}
          </button>
        ))}
      </div>
    );
  }
  return (
    <div className={`${styles.acts} ${styles.standing}`} role="group" aria-label={t("findings.acts")} title={whyOff}>
      {chosen !== undefined && !isOwn(chosen) && (
        <>
          <button className={controls.button} onClick={() => judge("accept")}>
            <Icon name="check" /> {t("findings.accept")} <kbd>A</kbd>
          </button>
          <button className={controls.button} onClick={() => findings.setRejecting(true)}>
            <Icon name="cross" /> {t("findings.reject")} <kbd>X</kbd>
          </button>
          <button className={controls.button} onClick={() => judge("doubt")}>
            <Icon name="eye" /> {t("findings.doubt")} <kbd>U</kbd>
          </button>
        </>
      )}
      {chosen !== undefined && (
        <button className={controls.button} onClick={marking.correct}>
          <Icon name="pen" /> {t("finding.correct")} <kbd>M</kbd>
        </button>
      )}
      {chosen !== undefined && isOwn(chosen) && (
        <button className={controls.button} onClick={() => judge("remove")}>
          <Icon name="minus" /> {t("finding.remove")} <kbd>X</kbd>
        </button>
      )}
      <button className={controls.button} onClick={marking.add}>
        <Icon name="plus" /> {t("finding.add")} <kbd>N</kbd>
      </button>
    </div>
  );
}
