import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { PromisedFigure, ProposedView, TrackRecord } from "../../api/finding";
import type { AnalysisView, FindingView } from "../../api/reading";
import { Icon } from "../../ui/icons";
import { findingLook } from "./findings";
import styles from "./panel.module.css";

interface Props {
  finding: FindingView;
  analysis: AnalysisView | undefined;
  /** How such findings were judged here of late. */
  record: TrackRecord | undefined;
  /** The state that was asked for and is not confirmed yet. */
  expected: string | undefined;
  isChosen: boolean;
  onChoose: () => void;
}

/** One finding: what, where, how large, how probable, who says so, and what readers made of it. */
export function FindingCard({ finding, analysis, record, expected, isChosen, onChoose }: Props): ReactElement {
  const { t } = useTranslation();
  const look = findingLook(expected ?? finding.state.word);
  const last = finding.judgements[finding.judgements.length - 1];
  const before = proposedWords(finding);
  return (
    <button className={styles.card} aria-pressed={isChosen} onClick={onChoose}>
      <span className={styles.cardHead}>
        <b>{finding.number}</b>
        <span>{finding.concept.text}</span>
        <span className={styles.state} style={{ color: look.colour }}>
          <Icon name={look.icon} />
          {expected === undefined ? finding.state.text : t("findings.saving")}
        </span>
      </span>
      <span>
        {finding.place} {size(finding)}
      </span>
      {before !== null && <small>{t("finding.said", { words: before })}</small>}
      {finding.volume_mm3 !== null && <span>{t("findings.volume", { mm3: Math.round(finding.volume_mm3) })}</span>}
      {finding.band !== null && (
        <span title={t("finding.probability", { value: probability(finding.probability) })}>
          {t("findings.probability", { band: finding.band.text })}
        </span>
      )}
      {finding.is_high && finding.state.word === "proposed" && <span className={styles.must}>{t("findings.mustJudge")}</span>}
      {finding.note !== "" && <span className={styles.text}>{t("finding.noted", { note: finding.note })}</span>}
      {analysis !== undefined && (
        <small>
          {analysis.title} {analysis.version} · {analysis.use_status}
        </small>
      )}
      {analysis !== undefined && <Promised promised={analysis.promised} record={record} />}
      {last !== undefined && <small>{t("findings.judgedBy", { name: last.by.name })}</small>}
      {last?.reason != null && <small>{t(`findings.reason.${last.reason}`)}</small>}
    </button>
  );
}

/** What the card promised beside what came of it here. */
function Promised({ promised, record }: { promised: readonly PromisedFigure[]; record: TrackRecord | undefined }): ReactElement {
  const { t } = useTranslation();
  const figure = (name: string): PromisedFigure | undefined => promised.find((each) => each.name === name);
  const [sensitivity, falseMarks] = [figure("sensitivity"), figure("false positives a scan")];
  const says = [
    ...(sensitivity === undefined ? [] : [t("finding.figure.sensitivity", { value: interval(sensitivity) })]),
    ...(falseMarks === undefined ? [] : [t("finding.figure.falseMarks", { value: interval(falseMarks) })]),
  ];
  return (
    <span className={styles.figures}>
      {says.length > 0 && (
        <small>
          {t("finding.promise")}: {says.join(", ")}
        </small>
      )}
      {record !== undefined && (
        <small>
          {t("finding.record", { days: record.days })}:{" "}
          {record.studies === 0
            ? t("finding.noRecord")
            : t("finding.records", {
                count: record.studies,
                perStudy: (record.false_marks / record.studies).toFixed(2),
                share: record.judged === 0 ? "–" : `${Math.round((100 * record.accepted) / record.judged)} %`,
                judged: record.judged,
              })}
        </small>
      )}
    </span>
  );
}

/** A figure with the interval it was measured with. */
function interval({ value, low, high }: PromisedFigure): string {
  const said = value.toFixed(2);
  return low === null || high === null ? said : `${said} (${low.toFixed(2)}–${high.toFixed(2)})`;
}

/** No finding of a package is certain: neither 1 nor 0 is ever said. */
function probability(value: number | null): string {
  if (value === null) return "–";
  return value > 0.99 ? ">0.99" : value < 0.01 ? "<0.01" : value.toFixed(2);
}

/** What the package said, where a reader made something else of it. */
function proposedWords({ proposed, concept, place, long_axis_mm, short_axis_mm }: FindingView): string | null {
  if (proposed === null) return null;
  const isAsSaid =
    proposed.concept.value === concept.value &&
    proposed.place === place &&
    proposed.long_axis_mm === long_axis_mm &&
    proposed.short_axis_mm === short_axis_mm;
  return isAsSaid ? null : `${proposed.concept.text}, ${proposed.place} ${size(proposed)}`;
}

function size({ long_axis_mm: long, short_axis_mm: short }: Pick<ProposedView, "long_axis_mm" | "short_axis_mm">): string {
  const axes = [long, short].filter((each) => each !== null).map((each) => each.toFixed(1));
  return axes.length === 0 ? "" : `${axes.join(" × ")} mm`;
}
