import { type FormEvent, type ReactElement, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../api/problems";
import controls from "./controls.module.css";
import { Dialog } from "./Dialog";
import { Notice } from "./Notice";
import styles from "./page.module.css";
import { TextField } from "./TextField";
import { useAct } from "./useAct";

interface Props {
  title: string;
  /** What will happen, and to what. */
  children: ReactNode;
  /** What has to be typed: the name of what is acted on. */
  typed: string;
  /** What the button says. */
  act: string;
  onAct: () => Promise<unknown>;
  onClose: () => void;
}

/** A dangerous act: it names what it does, and is done once the name of what it is done to was typed. */
export function Confirm({ title, children, typed, act, onAct, onClose }: Props): ReactElement {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const { isBusy, fault, run } = useAct();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy || text.trim() !== typed.trim()) return;
    if (await run(onAct)) onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
        <div>{children}</div>
        <TextField label={t("places.typeToConfirm", { text: typed })} value={text} onChange={setText} autoComplete="off" />
        {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
        <div className={`${styles.acts} ${styles.end}`}>
          <button type="button" className={controls.button} onClick={onClose}>
            {t("places.cancel")}
          </button>
          <button className={`${controls.button} ${controls.danger}`} disabled={isBusy || text.trim() !== typed.trim()}>
            {act}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
