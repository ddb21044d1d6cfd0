import { type FormEvent, type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { sessionApi } from "../../api/session";
import controls from "../../ui/controls.module.css";
import { Notice } from "../../ui/Notice";
import styles from "../../ui/page.module.css";
import { TextField } from "../../ui/TextField";
import { RefusalNotice } from "../login/RefusalNotice";
import { useAttempt } from "../login/useAttempt";

/** Another password. The centre signs out everywhere else, and says what makes a good one. */
export function Password(): ReactElement {
  const { t } = useTranslation();
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [again, setAgain] = useState("");
  const [outcome, setOutcome] = useState<"differ" | "done" | null>(null);
  const attempt = useAttempt();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setOutcome(fresh === again ? null : "differ");
    if (attempt.isBusy || attempt.minutes !== null || fresh !== again) return;
    if ((await attempt.make(() => sessionApi.setPassword(old, fresh))) !== null) return;
    for (const empty of [setOld, setFresh, setAgain]) empty("");
    setOutcome("done");
  };
  return (
    <section className={styles.card}>
      <h2>{t("login.password")}</h2>
      <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
        <TextField
          label={t("login.newPassword.old")}
          value={old}
          onChange={setOld}
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
          isWrong={outcome === "differ"}
        />
        {outcome === "differ" && <Notice tone="wrong">{t("login.newPassword.differ")}</Notice>}
        {outcome === "done" && <Notice tone="told">{t("account.passwordDone")}</Notice>}
        {outcome === null && (
          <RefusalNotice refusal={attempt.refusal} minutes={attempt.minutes} wrong={t("login.newPassword.wrongOld")} />
        )}
        <div className={styles.acts}>
          <button
            className={controls.button}
            disabled={attempt.isBusy || attempt.minutes !== null || old === "" || fresh === "" || again === ""}
          >
            {t("login.newPassword.done")}
          </button>
        </div>
      </form>
    </section>
  );
}
