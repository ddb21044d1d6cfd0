import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { ReportText } from "../../../api/reading";
import controls from "../../../ui/controls.module.css";
import { Notice } from "../../../ui/Notice";
import styles from "./report.module.css";
import { Texts } from "./Texts";

/** One's own text that was not taken: to read and to copy from, until it is thrown away. */
export function Aside({ text, onThrowAway }: { text: ReportText; onThrowAway: () => void }): ReactElement {
  const { t } = useTranslation();
  return (
    <Notice tone="told">
      <details>
        <summary>{t("report.aside")}</summary>
        <Texts text={text} />
        <div className={styles.acts}>
          <button className={controls.button} onClick={onThrowAway}>
            {t("report.throwAside")}
          </button>
        </div>
      </details>
    </Notice>
  );
}
