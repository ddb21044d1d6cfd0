import { type FormEvent, type ReactElement, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { sessionApi } from "../../api/session";
import controls from "../../ui/controls.module.css";
import { TextField } from "../../ui/TextField";
import styles from "./login.module.css";
import { RefusalNotice } from "./RefusalNotice";
import { useAttempt } from "./useAttempt";

const CODE_DIGITS = 6;

/** Login and password, then the code of the authenticator where it is due. What was typed stays after every refusal. */
export function Credentials(): ReactElement {
  const { t } = useTranslation();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [asksCode, setAsksCode] = useState(false);
  const attempt = useAttempt();
  const loginField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const codeField = useRef<HTMLInputElement>(null);
  useEffect(() => (asksCode ? codeField.current?.focus() : loginField.current?.focus()), [asksCode]);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (attempt.isBusy || attempt.minutes !== null) return;
    if (login.trim() === "") return loginField.current?.focus();
    if (password === "") return passwordField.current?.focus();
    const credentials = { login: login.trim(), password };
    const refused = await attempt.make(() => sessionApi.open(asksCode ? { ...credentials, code } : credentials));
    if (refused?.kind === "code-needed") setAsksCode(true);
    setCode("");
    if (refused?.kind === "wrong") (asksCode ? codeField : passwordField).current?.select();
    return undefined;
  };

  const isWrong = attempt.refusal?.kind === "wrong";
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
      <TextField
        label={t("login.login")}
        value={login}
        onChange={setLogin}
        input={loginField}
        autoComplete="username"
        isWrong={isWrong && !asksCode}
        isDisabled={asksCode}
      />
      <TextField
        label={t("login.password")}
        value={password}
        onChange={setPassword}
        input={passwordField}
        type="password"
        autoComplete="current-password"
        isWrong={isWrong && !asksCode}
        isDisabled={asksCode}
      />
      {asksCode && (
        <TextField
          label={t("login.code")}
          value={code}
          onChange={(text) => setCode(text.replace(/\D/g, ""))}
          input={codeField}
          autoComplete="one-time-code"
          inputMode="numeric"
          maxLength={CODE_DIGITS}
          isWrong={isWrong}
          className={styles.code}
        />
      )}
      <RefusalNotice
        refusal={attempt.refusal}
        minutes={attempt.minutes}
        wrong={asksCode ? t("login.wrongCode") : t("login.wrong")}
      />
      <button
        className={`${controls.button} ${controls.primary} ${styles.submit}`}
        disabled={attempt.isBusy || attempt.minutes !== null}
      >
        {attempt.isBusy ? t("login.entering") : t("login.enter")}
      </button>
      {asksCode && (
        <button type="button" className={styles.other} onClick={() => setAsksCode(false)}>
          {t("login.otherLogin")}
        </button>
      )}
    </form>
  );
}
