import { type FormEvent, type ReactElement, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { sessionApi } from "../api/session";
import type { SessionView } from "../api/types";
import { RefusalNotice } from "../pages/login/RefusalNotice";
import { useAttempt } from "../pages/login/useAttempt";
import controls from "../ui/controls.module.css";
import { Icon } from "../ui/icons";
import { TextField } from "../ui/TextField";
import { useKeys } from "./keyboard";
import styles from "./LockOverlay.module.css";
import { session } from "./session";

/** Covers the page while nobody is there and keeps it as it was: the place, the draft, the slice. */
export function LockOverlay({ view }: { view: SessionView }): ReactElement {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const attempt = useAttempt();
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useKeys({}, true);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    field.current?.focus();
    return () => element?.close();
  }, []);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (attempt.isBusy || attempt.minutes !== null || password === "") return;
    const refused = await attempt.make(() => sessionApi.unlock(password));
    if (refused !== null) field.current?.select();
  };
  return (
    <dialog ref={dialog} className={styles.overlay} aria-labelledby="lock-title" onCancel={(event) => event.preventDefault()}>
      <form className={styles.card} onSubmit={(event) => void submit(event)} noValidate>
        <h2 id="lock-title">
          <Icon name="lock" /> {t("lock.title")}
        </h2>
        <p>{t("lock.kept", { name: view.user.name })}</p>
        <TextField
          label={t("login.password")}
          value={password}
          onChange={setPassword}
          input={field}
          type="password"
          autoComplete="current-password"
          isWrong={attempt.refusal?.kind === "wrong"}
        />
        <RefusalNotice refusal={attempt.refusal} minutes={attempt.minutes} wrong={t("lock.wrong")} />
        <button
          className={`${controls.button} ${controls.primary}`}
          disabled={attempt.isBusy || attempt.minutes !== null}
        >
          {t("lock.unlock")}
        </button>
        <button type="button" className={`${controls.button} ${controls.quiet}`} onClick={() => void session.leave()}>
          {t("lock.leave")}
        </button>
      </form>
    </dialog>
  );
}
