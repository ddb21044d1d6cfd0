import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../api/problems";
import { sessionApi } from "../../api/session";
import type { Language } from "../../api/types";
import { session } from "../../app/session";
import { LanguageSwitch } from "../../ui/LanguageSwitch";
import { Notice } from "../../ui/Notice";
import styles from "../../ui/page.module.css";
import { useAct } from "../../ui/useAct";

/** The language of the pages, wherever one signs in from now on. */
export function LanguageChoice(): ReactElement {
  const { t } = useTranslation();
  const { fault, run } = useAct();
  const choose = (chosen: Language): void => void run(async () => session.enter(await sessionApi.setLanguage(chosen)));
  return (
    <section className={styles.card}>
      <h2>{t("common.language")}</h2>
      <p>{t("account.language")}</p>
      <div className={styles.acts}>
        <LanguageSwitch onChosen={choose} />
      </div>
      {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
    </section>
  );
}
