import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { PromisedFigure, TrackRecord } from "../../api/finding";
import type { AnalysisView } from "../../api/reading";
import type { Translate } from "../../app/i18n";
import styles from "./panel.module.css";

interface Props {
  analysis: AnalysisView;
  /** How its findings were judged here of late. */
  record: TrackRecord | undefined;
}

/** Once for all findings of a package: what it may be used for, and what the card promised beside what came of it here. */
export function PackageNote({ analysis, record }: Props): ReactElement {
  const { t } = useTranslation();
  const figure = (name: string): PromisedFigure | undefined => analysis.promised.find((each) => each.name === name);
  const [sensitivity, falseMarks] = [figure("sensitivity"), figure("false positives a scan")];
  const says = [
    ...(sensitivity === undefined ? [] : [t("finding.figure.sensitivity", { value: interval(sensitivity) })]),
    ...(falseMarks === undefined ? [] : [t("finding.figure.falseMarks", { value: interval(falseMarks) })]),
  ];
  return (
    <div className={styles.package}>
      <small>
        {analysis.title} {analysis.version} · {analysis.use_status}
      </small>
      {says.length > 0 && <small>{t("finding.promise", { figures: says.join(t("finding.comma")) })}</small>}
      {record !== undefined && (
        <small>{t("finding.record", { days: record.days, words: recordWords(record, t) })}</small>
      )}
    </div>
  );
}

function recordWords(record: TrackRecord, t: Translate): string {
  if (record.studies === 0) return t("finding.noRecord");
  return t("finding.records", {
    count: record.studies,
    perStudy: (record.false_marks / record.studies).toFixed(2),
    share: record.judged === 0 ? "–" : `${Math.round((100 * record.accepted) / record.judged)} %`,
    judged: record.judged,
  });
}

/** A figure with the interval it was measured with. */
function interval({ value, low, high }: PromisedFigure): string {
  const said = value.toFixed(2);
  return low === null || high === null ? said : `${said} (${low.toFixed(2)}–${high.toFixed(2)})`;
}
