import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { Page } from "../../app/Page";
import { useReader } from "../../app/session";
import { useRoleWords } from "../../app/words";
import styles from "../../ui/page.module.css";
import { Elsewhere } from "./Elsewhere";
import { LanguageChoice } from "./LanguageChoice";
import { Password } from "./Password";
import { SecondFactor } from "./SecondFactor";
import { Signing } from "./Signing";

/** One's own account: what one is here, and everything one decides about one's own access. */
export function AccountPage(): ReactElement {
  const { t } = useTranslation();
  return (
    <Page title={t("places.account")} right={null}>
      <div className={styles.cards}>
        <Who />
        <Password />
        <SecondFactor />
        <Signing />
        <Elsewhere />
        <LanguageChoice />
      </div>
    </Page>
  );
}

function Who(): ReactElement {
  const { t } = useTranslation();
  const { user, hospitals } = useReader();
  const { login, name, roles, rights } = user;
  const roleWords = useRoleWords();
  const seesPatients = rights.includes("read-studies") || rights.includes("follow-own");
  return (
    <section className={styles.card}>
      <h2>{name}</h2>
      <dl className={styles.facts}>
        <dt>{t("login.login")}</dt>
        <dd>{login}</dd>
        <dt>{t("account.roles")}</dt>
        <dd>{roleWords(roles)}</dd>
        {seesPatients && (
          <>
            <dt>{t("account.hospitals")}</dt>
            <dd>{hospitals.length === 0 ? t("account.noHospital") : hospitals.map((each) => each.name).join(t("places.comma"))}</dd>
          </>
        )}
      </dl>
      <p>{t("account.whoChanges")}</p>
    </section>
  );
}
