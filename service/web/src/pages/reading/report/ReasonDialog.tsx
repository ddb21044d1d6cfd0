import { type FormEvent, type ReactElement, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../../api/problems";
import controls from "../../../ui/controls.module.css";
import { Dialog } from "../../../ui/Dialog";
import { Notice } from "../../../ui/Notice";
import styles from "./report.module.css";

interface Props {
  title: string;
  what: string;
  act: string;
  onGiven: (why: string) => Promise<void>;
  onClose: () => void;
}

/** Asks why, in words; what is done without a reason cannot be answered later. */
export function ReasonDialog({ title, what, act, onGiven, onClose }: Props): ReactElement {
  const { t } = useTranslation();
  const [why, setWhy] = useState("");
  const [fault, setFault] = useState<unknown>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const give = (event: FormEvent): void => {
    event.preventDefault();
    onGiven(why).then(onClose, setFault);
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className={styles.form} onSubmit={give}>
        <p>{what}</p>
        <label>
          {t("reason.why")}
          <textarea ref={field} value={why} maxLength={500} onChange={(event) => setWhy(event.target.value)} />
        </label>
        {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
        <div className={styles.acts}>
          <button className={`${controls.button} ${controls.primary}`} disabled={why.trim() === ""}>
            {act}
          </button>
          <button type="button" className={controls.button} onClick={onClose}>
            {t("reason.cancel")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
