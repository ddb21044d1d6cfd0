import { type FormEvent, type ReactElement, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../../api/problems";
import { RETURN_REASONS, type ReturnReason } from "../../../api/report";
import controls from "../../../ui/controls.module.css";
import { Dialog } from "../../../ui/Dialog";
import { Notice } from "../../../ui/Notice";
import styles from "./report.module.css";

interface Props {
  onGiven: (reason: ReturnReason, note: string) => Promise<void>;
  onClose: () => void;
}

/** Gives the examination back to the hospital, with a reason its systems read and words for its people. */
export function ReturnDialog({ onGiven, onClose }: Props): ReactElement {
  const { t } = useTranslation();
  const [reason, setReason] = useState<ReturnReason>(RETURN_REASONS[0]);
  const [note, setNote] = useState("");
  const [fault, setFault] = useState<unknown>(null);
  const first = useRef<HTMLSelectElement>(null);
  useEffect(() => first.current?.focus(), []);
  const give = (event: FormEvent): void => {
    event.preventDefault();
    onGiven(reason, note).then(onClose, setFault);
  };
  return (
    <Dialog title={t("giveBack.title")} onClose={onClose}>
      <form className={styles.form} onSubmit={give}>
        <p>{t("giveBack.what")}</p>
        <label>
          {t("giveBack.reason")}
          <select ref={first} value={reason} onChange={(event) => setReason(event.target.value as ReturnReason)}>
            {RETURN_REASONS.map((each) => (
              <option key={each} value={each}>
                {t(`giveBack.reasons.${each}`)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("giveBack.note")}
          <textarea value={note} maxLength={500} onChange={(event) => setNote(event.target.value)} />
        </label>
        {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
        <div className={styles.acts}>
          <button className={`${controls.button} ${controls.primary}`} disabled={reason === "other" && note.trim() === ""}>
            {t("giveBack.send")}
          </button>
          <button type="button" className={controls.button} onClick={onClose}>
            {t("reason.cancel")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
