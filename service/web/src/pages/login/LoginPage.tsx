import { type ReactElement, type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";

import type { SessionView } from "../../api/types";
import { session } from "../../app/session";
import { LanguageSwitch } from "../../ui/LanguageSwitch";
import markUrl from "../../ui/mark.svg";
import { Credentials } from "./Credentials";
import { EnrolTotp } from "./EnrolTotp";
import styles from "./login.module.css";
import { NewPassword } from "./NewPassword";

/** Everything before the first page: who are you, and what has to be settled before you may work. */
export function LoginPage({ view }: { view: SessionView | null }): ReactElement {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${t("login.title")} · ${t("common.product")}`;
  }, [t]);
  return (
    <div className={styles.page}>
      <main className={styles.card}>
        <div className={styles.head}>
          <img src={markUrl} alt="" width="40" height="40" />
          <div className={styles.names}>
            <h1>{t("common.product")}</h1>
            <p>{t("login.subtitle")}</p>
          </div>
          <LanguageSwitch />
        </div>
        <Step view={view} />
      </main>
      <footer className={styles.foot}>
        <span>{t("common.research")}</span>
        <span>{t("common.version", { version: __VERSION__ })}</span>
      </footer>
    </div>
  );
}

function Step({ view }: { view: SessionView | null }): ReactNode {
  const { t } = useTranslation();
  if (view === null) return <Credentials />;
  return (
    <>
      {view.needs === "totp-enrolment" ? <EnrolTotp /> : <NewPassword />}
      <button type="button" className={styles.other} onClick={() => void session.leave()}>
        {t("login.asSomeoneElse", { name: view.user.name })}
      </button>
    </>
  );
}
