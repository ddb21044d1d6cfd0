import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { AnalysisView } from "../../api/reading";
import styles from "./panel.module.css";

/** Which series a package read and which it left out, each with why; whether it found something or not. */
export function SelectionNote({ analysis }: { analysis: AnalysisView }): ReactElement | null {
  const { t } = useTranslation();
  if (analysis.selection.length === 0) return null;
  return (
    <details>
      <summary>
        <small>{t("finding.selection", { title: analysis.title })}</small>
      </summary>
      <div className={styles.package}>
        {analysis.selection.map((each) => (
          <small key={each}>{each}</small>
        ))}
      </div>
    </details>
  );
}
