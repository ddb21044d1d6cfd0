import { type ReactElement, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { ProposedView } from "../../api/finding";
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

/** One finding: what, where, how large, how probable, who says so, and what readers made of it. In sight while chosen. */
export function FindingCard({ finding, analysis, expected, isChosen, onChoose }: Props): ReactElement {
  const { t } = useTranslation();
  const card = useRef<HTMLButtonElement>(null);
  // A card grows when it was judged.
  const judgements = finding.judgements.length;
  useEffect(() => {
    if (isChosen) card.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen, judgements]);
  const look = findingLook(expected ?? finding.state.word);
  const last = finding.judgements[finding.judgements.length - 1];
  const before = proposedWords(finding);
  const volume = finding.volume_mm3 === null ? "" : t("findings.volume", { mm3: Math.round(finding.volume_mm3) });
  const isAsked = finding.is_high && finding.state.word === "proposed";
  const judged = [
    ...(last === undefined ? [] : [t("findings.judgedBy", { name: last.by.name })]),
    ...(last?.reason == null ? [] : [t(`findings.reason.${last.reason}`)]),
  ];
  return (
    <button ref={card} className={styles.card} aria-pressed={isChosen} onClick={onChoose}>
      <span className={styles.cardHead}>
        <b>{finding.number}</b>
        <span>{finding.concept.text}</span>
        <span className={styles.state} style={{ color: look.colour }}>
          <Icon name={look.icon} />
          {expected === undefined ? finding.state.text : t("findings.saving")}
        </span>
      </span>
      <span className={styles.facts}>
        <span>
          {finding.place} {size(finding)}
        </span>
        {volume !== "" && <span>{volume}</span>}
      </span>
      {before !== null && <small>{t("finding.said", { words: before })}</small>}
      {(finding.band !== null || isAsked) && (
        <span className={styles.facts}>
          {finding.band !== null && (
            <span title={t("finding.probability", { value: probability(finding.probability) })}>
              {t("findings.probability", { band: finding.band.text })}
            </span>
          )}
          {isAsked && <span className={styles.must}>{t("findings.mustJudge")}</span>}
        </span>
      )}
      {finding.note !== "" && <span className={styles.text}>{t("finding.noted", { note: finding.note })}</span>}
      {analysis !== undefined && (
        <small>
          {analysis.title} {analysis.version}
        </small>
      )}
      {judged.length > 0 && <small>{judged.join(" · ")}</small>}
    </button>
  );
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
  return isAsSaid ? null : `${proposed.concept.text} · ${proposed.place} ${size(proposed)}`;
}

function size({ long_axis_mm: long, short_axis_mm: short }: Pick<ProposedView, "long_axis_mm" | "short_axis_mm">): string {
  const axes = [long, short].filter((each) => each !== null).map((each) => each.toFixed(1));
  return axes.length === 0 ? "" : `${axes.join(" × ")} mm`;
}
