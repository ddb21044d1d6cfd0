import { useQuery } from "@tanstack/react-query";
import { type FormEvent, lazy, type ReactElement, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../api/problems";
import { sessionApi } from "../../api/session";
import controls from "../../ui/controls.module.css";
import { Notice } from "../../ui/Notice";
import { TextField } from "../../ui/TextField";
import styles from "./login.module.css";
import { RefusalNotice } from "./RefusalNotice";
import { useAttempt } from "./useAttempt";

/** Drawn in the browser: the secret goes to nobody. Loaded here only, since most people do this once. */
const Qr = lazy(async () => ({ default: (await import("./Qr")).Qr }));
const CODE_DIGITS = 6;

export function EnrolTotp(): ReactElement {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const attempt = useAttempt();
  const secret = useQuery({
    queryKey: ["totp-secret"],
    queryFn: sessionApi.totpSecret,
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!attempt.isBusy && attempt.minutes === null) await attempt.make(() => sessionApi.enrolTotp(code));
    setCode("");
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
      <h2>{t("login.enrol.title")}</h2>
      <p>{t("login.enrol.why")}</p>
      {secret.isError && <Notice tone="wrong">{inWords(secret.error, t)}</Notice>}
      {secret.data !== undefined && (
        <>
          <Suspense fallback={null}>
            <Qr text={secret.data.otpauth_uri} label={t("login.enrol.picture")} />
          </Suspense>
          <p>{t("login.enrol.byHand")}</p>
          <code className={styles.secret}>{secret.data.secret}</code>
        </>
      )}
      <TextField
        label={t("login.code")}
        value={code}
        onChange={(text) => setCode(text.replace(/\D/g, ""))}
        autoComplete="one-time-code"
        inputMode="numeric"
        maxLength={CODE_DIGITS}
        isWrong={attempt.refusal?.kind === "told"}
        className={styles.code}
      />
      <RefusalNotice refusal={attempt.refusal} minutes={attempt.minutes} wrong={t("login.wrongCode")} />
      <button
        className={`${controls.button} ${controls.primary} ${styles.submit}`}
        disabled={attempt.isBusy || code.length !== CODE_DIGITS}
      >
        {t("login.enrol.done")}
      </button>
    </form>
  );
}
