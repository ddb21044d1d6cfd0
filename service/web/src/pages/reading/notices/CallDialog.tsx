import { type FormEvent, type ReactElement, useId, useState } from "react";
import { useTranslation } from "react-i18next";

import { documentCall, type NoticeView } from "../../../api/notices";
import { inWords } from "../../../api/problems";
import controls from "../../../ui/controls.module.css";
import { Dialog } from "../../../ui/Dialog";
import { Notice } from "../../../ui/Notice";
import { TextField } from "../../../ui/TextField";
import { useAct } from "../../../ui/useAct";
import styles from "./notices.module.css";

const MOST_WHO = 120;
const MOST_HOW = 500;

interface Props {
  notice: NoticeView;
  onClose: () => void;
  onDocumented: () => void;
}

/** The call by which somebody of the hospital heard an urgent finding: who answered, and what they repeated. */
export function CallDialog({ notice, onClose, onDocumented }: Props): ReactElement {
  const { t } = useTranslation();
  const [who, setWho] = useState("");
  const [how, setHow] = useState("");
  const { isBusy, fault, run } = useAct();
  const id = useId();
  const isWhole = who.trim() !== "" && how.trim() !== "";
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy || !isWhole) return;
    if (await run(() => documentCall(notice.id, who, how))) onDocumented();
  };
  return (
    <Dialog title={t("notices.call")} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
        <p>
          <b>{notice.finding}</b> {t("notices.callWhom", { contact: notice.contact })}
        </p>
        <TextField label={t("notices.who")} value={who} onChange={setWho} autoComplete="off" maxLength={MOST_WHO} />
        <div className={controls.field}>
          <label className={controls.label} htmlFor={id}>
            {t("notices.how")}
          </label>
          <textarea
            id={id}
            className={`${controls.input} ${styles.how}`}
            value={how}
            maxLength={MOST_HOW}
            onChange={(event) => setHow(event.target.value)}
          />
        </div>
        {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
        <div className={styles.acts}>
          <button className={`${controls.button} ${controls.primary}`} disabled={isBusy || !isWhole}>
            {t("notices.record")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
