import { type FormEvent, type ReactElement, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import controls from "../../ui/controls.module.css";
import styles from "./login.module.css";
import { PasswordFields, usePasswordChange } from "./PasswordFields";

/** A password of one's own in place of the given or expired one. */
export function NewPassword(): ReactElement {
  const { t } = useTranslation();
  const wanted = usePasswordChange();
  const oldField = useRef<HTMLInputElement>(null);
  useEffect(() => oldField.current?.focus(), []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void wanted.change();
  };
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <h2>{t("login.newPassword.title")}</h2>
      <p>{t("login.newPassword.why")}</p>
      <PasswordFields of={wanted} first={oldField} />
      <button className={`${controls.button} ${controls.primary} ${styles.submit}`} disabled={!wanted.isReady}>
        {t("login.newPassword.done")}
      </button>
    </form>
  );
}
