import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { type SigningView, sessionApi } from "../../api/session";
import { useReader } from "../../app/session";
import { Answered } from "../../ui/Answered";
import controls from "../../ui/controls.module.css";
import { Notice } from "../../ui/Notice";
import styles from "../../ui/page.module.css";
import { Tag } from "../../ui/Tag";
import { TextField } from "../../ui/TextField";
import { RefusalNotice } from "../login/RefusalNotice";
import { useAttempt } from "../login/useAttempt";

const LEAST_PIN_LENGTH = 6;

/** Whether one may sign, with which key, and the PIN that signs in this session. For who signs reports. */
export function Signing(): ReactElement | null {
  const { t } = useTranslation();
  const reader = useReader();
  const asked = useQuery({
    queryKey: ["signing", reader.user.id],
    queryFn: sessionApi.signing,
    enabled: reader.user.rights.includes("sign") && !reader.locked,
  });
  if (!reader.user.rights.includes("sign")) return null;
  return (
    <section className={styles.card}>
      <h2>{t("account.signing")}</h2>
      <Answered asked={asked}>
        {(signing) => (
          <>
            <Standing signing={signing} />
            {signing.key !== null && <Pin />}
          </>
        )}
      </Answered>
    </section>
  );
}

function Standing({ signing }: { signing: SigningView }): ReactElement {
  const { t } = useTranslation();
  const { licence, key, may_sign, may_release } = signing;
  return (
    <>
      {!may_sign && <Notice tone="warned">{licence === null ? t("account.noLicence") : t("account.licenceOver")}</Notice>}
      {may_sign && !may_release && <Notice tone="told">{t("account.junior")}</Notice>}
      <dl className={styles.facts}>
        {licence !== null && (
          <>
            <dt>{t("account.licence")}</dt>
            <dd>
              {[licence.title, licence.number, licence.scope].filter((text) => text !== "").join(" · ")}
              <br />
              {licence.until === null ? t("account.licenceForEver") : t("account.licenceUntil", { until: licence.until })}
              <br />
              {licence.covers.length === 0
                ? t("account.signsNothing")
                : t("account.signs", { modalities: licence.covers.join(t("places.comma")) })}
            </dd>
          </>
        )}
        <dt>{t("account.key")}</dt>
        <dd>{key === null ? t("account.noKey") : <code className={styles.mono}>{key.fingerprint}</code>}</dd>
      </dl>
    </>
  );
}

/** The PIN counts for this session: the password opens the key, the PIN signs with it until one signs out. */
function Pin(): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const [password, setPassword] = useState("");
  const [pin, setPin] = useState("");
  const attempt = useAttempt();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (attempt.isBusy || attempt.minutes !== null) return;
    if ((await attempt.make(() => sessionApi.setPin(password, pin))) !== null) return;
    setPassword("");
    setPin("");
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
      {reader.has_pin ? <Tag tone="ok">{t("account.pinSet")}</Tag> : <Tag tone="off">{t("account.pinNotSet")}</Tag>}
      <p>{t("account.whyPin")}</p>
      <div className={styles.columns}>
        <TextField
          label={t("login.password")}
          value={password}
          onChange={setPassword}
          type="password"
          autoComplete="current-password"
          isWrong={attempt.refusal?.kind === "wrong"}
        />
        <TextField
          label={t("account.pin")}
          value={pin}
          onChange={setPin}
          type="password"
          autoComplete="off"
          maxLength={64}
          isWrong={attempt.refusal?.kind === "told"}
        />
      </div>
      <RefusalNotice refusal={attempt.refusal} minutes={attempt.minutes} wrong={t("lock.wrong")} />
      <div className={styles.acts}>
        <button
          className={controls.button}
          disabled={attempt.isBusy || attempt.minutes !== null || password === "" || pin.length < LEAST_PIN_LENGTH}
        >
          {reader.has_pin ? t("account.changePin") : t("account.setPin")}
        </button>
      </div>
    </form>
  );
}
