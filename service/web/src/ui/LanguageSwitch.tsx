import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { Language } from "../api/types";
import { language, speak } from "../app/i18n";
import styles from "./controls.module.css";

const LANGUAGES: readonly Language[] = ["zh-CN", "en"];

/** Each language stands in its own words. */
export function LanguageSwitch({ onChosen }: { onChosen?: (chosen: Language) => void }): ReactElement {
  const { t } = useTranslation();
  return (
    <div className={styles.switch} role="group" aria-label={t("common.language")}>
      {LANGUAGES.map((each) => (
        <button
          key={each}
          type="button"
          lang={each}
          aria-pressed={language() === each}
          onClick={() => {
            void speak(each);
            onChosen?.(each);
          }}
        >
          {t(`languages.${each}`)}
        </button>
      ))}
    </div>
  );
}
