import { type FormEvent, type ReactElement, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { sessionApi } from "../../api/session";
import controls from "../../ui/controls.module.css";
import { Notice } from "../../ui/Notice";
import { TextField } from "../../ui/TextField";
import styles from "./login.module.css";
import { RefusalNotice } from "./RefusalNotice";
import { useAttempt } from "./useAttempt";

/** A password of one's own in place of the given or expired one. What makes a good one is the centre's to say. */
export function NewPassword(): ReactElement {
  const { t } = useTranslation();
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [again, setAgain] = useState("");
  const [differ, setDiffer] = useState(false);
  const attempt = useAttempt();
  const oldField = useRef<HTMLInputElement>(null);
  useEffect(() => oldField.current?.focus(), []);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setDiffer(fresh !== again);
    if (attempt.isBusy || fresh !== again || fresh === "") return;
    await attempt.make(() => sessionApi.setPassword(old, fresh));
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
      <h2>{t("login.newPassword.title")}</h2>
      <p>{t("login.newPassword.why")}</p>
      <TextField
        label={t("login.newPassword.old")}
        value={old}
        onChange={setOld}
        input={oldField}
        type="password"
        autoComplete="current-password"
        isWrong={attempt.refusal?.kind === "wrong"}
      />
      <TextField
        label={t("login.newPassword.fresh")}
        value={fresh}
        onChange={setFresh}
        type="password"
        autoComplete="new-password"
        isWrong={attempt.refusal?.kind === "told"}
      />
      <TextField
        label={t("login.newPassword.again")}
        value={again}
        onChange={setAgain}
        type="password"
        autoComplete="new-password"
        isWrong={differ}
      />
      {differ ? (
        <Notice tone="wrong">{t("login.newPassword.differ")}</Notice>
      ) : (
        <RefusalNotice refusal={attempt.refusal} minutes={attempt.minutes} wrong={t("login.newPassword.wrongOld")} />
      )}
      <button
        className={`${controls.button} ${controls.primary} ${styles.submit}`}
        disabled={attempt.isBusy || old === "" || fresh === "" || again === ""}
      >
        {t("login.newPassword.done")}
      </button>
    </form>
  );
}
