import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { AnalysisView, FindingView } from "../../api/reading";
import { Icon } from "../../ui/icons";
import { findingLook } from "./findings";
import styles from "./panel.module.css";

interface Props {
  finding: FindingView;
  analysis: AnalysisView | undefined;
  /** The state that was asked for and is not confirmed yet. */
  expected: string | undefined;
  isChosen: boolean;
  onChoose: () => void;
}

/** One finding: what, where, how large, how probable, who says so, and what readers made of it. */
export function FindingCard({ finding, analysis, expected, isChosen, onChoose }: Props): ReactElement {
  const { t } = useTranslation();
  const look = findingLook(expected ?? finding.state.word);
  const last = finding.judgements[finding.judgements.length - 1];
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
      {finding.volume_mm3 !== null && <span>{t("findings.volume", { mm3: Math.round(finding.volume_mm3) })}</span>}
      {finding.band !== null && <span>{t("findings.probability", { band: finding.band.text })}</span>}
      {finding.is_high && <span className={styles.must}>{t("findings.mustJudge")}</span>}
      {analysis !== undefined && (
        <small>
          {analysis.title} {analysis.version} · {analysis.use_status}
        </small>
      )}
      {last !== undefined && <small>{t("findings.judgedBy", { name: last.by.name })}</small>}
      {last?.reason != null && <small>{t(`findings.reason.${last.reason}`)}</small>}
    </button>
  );
}

function size({ long_axis_mm: long, short_axis_mm: short }: FindingView): string {
  const axes = [long, short].filter((each) => each !== null).map((each) => each.toFixed(1));
  return axes.length === 0 ? "" : `${axes.join(" × ")} mm`;
}
