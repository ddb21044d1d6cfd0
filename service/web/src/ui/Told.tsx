import type { ReactElement, ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useKeys } from "../app/keyboard";
import styles from "./controls.module.css";
import { Notice } from "./Notice";

/** A passing sentence above the images: it stays until whoever read it puts it away, and then gives its place back. */
export function Told({ onClose, children }: { onClose: () => void; children: ReactNode }): ReactElement {
  const { t } = useTranslation();
  useKeys({ close: onClose });
  return (
    <Notice tone="told">
      {children}{" "}
      <button className={`${styles.button} ${styles.quiet}`} onClick={onClose}>
        {t("common.close")} <kbd>Esc</kbd>
      </button>
    </Notice>
  );
}
