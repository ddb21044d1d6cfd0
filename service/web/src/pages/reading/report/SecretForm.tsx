import { type FormEvent, type ReactElement, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { RoomProblem } from "../../../api/client";
import { inWords } from "../../../api/problems";
import type { Secret } from "../../../api/report";
import { session, useReader } from "../../../app/session";
import controls from "../../../ui/controls.module.css";
import { Notice } from "../../../ui/Notice";
import { TextField } from "../../../ui/TextField";
import styles from "./report.module.css";

interface Props {
  label: string;
  isReady: boolean;
  /** What keeps from signing, in words; null where nothing does. */
  lack?: string | null;
  /** Signs; what it raises is told here. */
  onGiven: (secret: Secret) => Promise<void>;
}

/** The PIN, and once a session the password that sets it. What is typed is forgotten as soon as it was sent. */
export function SecretForm({ label, isReady, lack = null, onGiven }: Props): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const [needsPassword, setNeedsPassword] = useState(!reader.has_pin);
  const [password, setPassword] = useState("");
  const [pin, setPin] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), [needsPassword]);
  const give = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!isReady || isBusy || pin === "" || (needsPassword && password === "")) return;
    setBusy(true);
    setFault(null);
    try {
      await onGiven({ pin, password: needsPassword ? password : null });
      if (needsPassword) session.enter({ ...reader, has_pin: true });
    } catch (raised) {
      setFault(raised);
      if (raised instanceof RoomProblem && raised.code === "password-first") setNeedsPassword(true);
      setPin("");
      setPassword("");
      first.current?.focus();
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void give(event)} noValidate>
      {needsPassword && <p className={styles.small}>{t("sign.once")}</p>}
      <div className={styles.secrets}>
        {needsPassword && (
          <TextField
            label={t("sign.password")}
            value={password}
            onChange={setPassword}
            input={first}
            type="password"
            autoComplete="current-password"
          />
        )}
        <TextField
          label={needsPassword ? t("sign.newPin") : t("sign.pin")}
          value={pin}
          onChange={setPin}
          {...(needsPassword ? {} : { input: first })}
          type="password"
          autoComplete="off"
          maxLength={64}
        />
      </div>
      {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
      {lack !== null && (
        <p className={styles.lack} role="status">
          {lack}
        </p>
      )}
      <button className={`${controls.button} ${controls.primary}`} disabled={!isReady || isBusy}>
        {label} <kbd>Enter</kbd>
      </button>
    </form>
  );
}
