import { type ReactElement, type ReactNode, useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { useKeys } from "../app/keyboard";
import styles from "./controls.module.css";
import { Icon } from "./icons";

const FIELD = "input:not(:disabled), select:not(:disabled), textarea:not(:disabled)";

/** The browser's own modal dialog: it holds focus and gives it back. */
export function Dialog(props: { title: string; width?: "wide"; onClose: () => void; children: ReactNode }): ReactElement {
  const { t } = useTranslation();
  const element = useRef<HTMLDialogElement>(null);
  // Before the effects of what stands inside: a field there may take the focus that the browser gives to the first one.
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    // What is to be filled in comes before the way out; a dialog without a field keeps the browser's choice.
    dialog?.querySelector<HTMLElement>(FIELD)?.focus();
    return () => dialog?.close();
  }, []);
  useKeys({ close: props.onClose }, true);
  return (
    <dialog
      ref={element}
      className={`${styles.dialog} ${props.width === "wide" ? styles.wide : ""}`}
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
    >
      <div className={styles.dialogHead}>
        <h2 id="dialog-title">{props.title}</h2>
        <button className={`${styles.button} ${styles.quiet}`} onClick={props.onClose} aria-label={t("common.close")}>
          <Icon name="close" />
        </button>
      </div>
      <div className={styles.dialogBody}>{props.children}</div>
    </dialog>
  );
}
