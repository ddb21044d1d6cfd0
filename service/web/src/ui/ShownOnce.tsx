import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import controls from "./controls.module.css";
import { Dialog } from "./Dialog";
import { Notice } from "./Notice";
import styles from "./page.module.css";

interface Props {
  title: string;
  /** What to do with it. */
  hint: string;
  secrets: { label: string; secret: string }[];
  onClose: () => void;
}

/** Secrets that the centre says this once: it closes by its button only, so that Escape loses nothing. */
export function ShownOnce({ title, hint, secrets, onClose }: Props): ReactElement {
  const { t } = useTranslation();
  return (
    <Dialog title={title} onClose={() => undefined}>
      <div className={styles.form}>
        <p>{hint}</p>
        {secrets.map(({ label, secret }) => (
          <Secret key={label} label={label} secret={secret} />
        ))}
        <Notice tone="warned">{t("places.shownOnce")}</Notice>
        <div className={`${styles.acts} ${styles.end}`}>
          <button className={`${controls.button} ${controls.primary}`} onClick={onClose}>
            {t("places.keptIt")}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

function Secret({ label, secret }: { label: string; secret: string }): ReactElement {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(secret);
    setCopied(true);
  };
  return (
    <div className={controls.field}>
      <span className={controls.label}>{label}</span>
      <code className={styles.secret}>{secret}</code>
      {/* Without TLS beyond this machine a browser has no clipboard; the text is selected by one click. */}
      {window.isSecureContext && (
        <div className={styles.acts}>
          <button type="button" className={controls.button} onClick={() => void copy()}>
            {isCopied ? t("places.copied") : t("places.copy")}
          </button>
        </div>
      )}
    </div>
  );
}
