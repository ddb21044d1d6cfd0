import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { Page } from "../../app/Page";
import styles from "../../ui/page.module.css";

/** Commands as they are typed; the words beside them stand in the catalogues. */
const COMMANDS = {
  train: "python -m training ct_chest_nodule",
  validate: "make validate",
  list: "consilium models list",
  verify: "consilium models verify",
} as const;

/** What there is for data scientists: no page of their own, and the commands that do their work. */
export function ExplorePage(): ReactElement {
  const { t } = useTranslation();
  return (
    <Page title={t("explore.title")} right="explore">
      <section className={styles.card} style={{ maxWidth: 720 }}>
        <p>{t("explore.now")}</p>
        <p>{t("explore.commands")}</p>
        <dl className={styles.facts}>
          {(Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]).map((name) => (
            <div key={name} style={{ display: "contents" }}>
              <dt>
                <code className={styles.mono}>{COMMANDS[name]}</code>
              </dt>
              <dd>{t(`explore.${name}`)}</dd>
            </div>
          ))}
        </dl>
        <p>{t("explore.account")}</p>
      </section>
    </Page>
  );
}
