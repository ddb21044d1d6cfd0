import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../api/problems";
import { REASONS, type ReadingView } from "../../api/reading";
import controls from "../../ui/controls.module.css";
import { Icon } from "../../ui/icons";
import { Notice } from "../../ui/Notice";
import { FindingCard } from "./FindingCard";
import { judgedCount } from "./findings";
import styles from "./panel.module.css";
import type { Findings } from "./useFindings";

/** Findings in the order they are given, and what the reader can do with the chosen one. */
export function FindingsPanel({ view, findings }: { view: ReadingView; findings: Findings }): ReactElement {
  const { t } = useTranslation();
  return (
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
      {view.hidden_findings && (
        <>
          <p>{t("findings.ready")}</p>
          <button className={`${controls.button} ${controls.primary}`} onClick={findings.lockImpression}>
            {t("findings.lock")} <kbd>L</kbd>
          </button>
        </>
      )}
      {!view.hidden_findings && view.findings.length === 0 && <p>{t("findings.none")}</p>}
      <Acts findings={findings} />
      {view.findings.map((each) => (
        <FindingCard
          key={each.tracking_uid}
          finding={each}
          analysis={view.analyses.find((one) => one.id === each.analysis_id)}
          expected={findings.expected[each.tracking_uid]}
          isChosen={each.tracking_uid === findings.chosen?.tracking_uid}
          onChoose={() => findings.choose(each)}
        />
      ))}
    </section>
  );
}

function Acts({ findings }: { findings: Findings }): ReactElement | null {
  const { t } = useTranslation();
  if (findings.chosen === undefined) return null;
  if (findings.isRejecting) {
    return (
      <div className={styles.acts} role="group" aria-label={t("findings.why")}>
        {REASONS.map((reason, at) => (
          <button key={reason} className={controls.button} onClick={() => findings.judge("reject", reason)}>
            <kbd>{at + 1}</kbd> {t(`findings.reason.${reason}`)}
          </button>
        ))}
      </div>
    );
  }
  return (
    <div className={styles.acts} role="group" aria-label={t("findings.acts")}>
      <button className={controls.button} onClick={() => findings.judge("accept")}>
        <Icon name="check" /> {t("findings.accept")} <kbd>A</kbd>
      </button>
      <button className={controls.button} onClick={() => findings.setRejecting(true)}>
        <Icon name="cross" /> {t("findings.reject")} <kbd>X</kbd>
      </button>
      <button className={controls.button} onClick={() => findings.judge("doubt")}>
        <Icon name="eye" /> {t("findings.doubt")} <kbd>U</kbd>
      </button>
    </div>
  );
}
