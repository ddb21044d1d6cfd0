import { type FormEvent, type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import controls from "../../ui/controls.module.css";
import { Notice } from "../../ui/Notice";
import styles from "../../ui/page.module.css";
import { PasswordFields, usePasswordChange } from "../login/PasswordFields";

/** Another password. The centre signs out everywhere else. */
export function Password(): ReactElement {
  const { t } = useTranslation();
  const wanted = usePasswordChange();
  const [isDone, setDone] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setDone(await wanted.change());
  };
  return (
    <section className={styles.card}>
      <h2>{t("login.password")}</h2>
      <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
        <PasswordFields of={wanted} />
        {isDone && <Notice tone="told">{t("account.passwordDone")}</Notice>}
        <div className={styles.acts}>
          <button className={controls.button} disabled={!wanted.isReady}>
            {t("login.newPassword.done")}
          </button>
        </div>
      </form>
    </section>
  );
}
