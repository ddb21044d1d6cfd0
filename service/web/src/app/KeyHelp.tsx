import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { Dialog } from "../ui/Dialog";
import styles from "./KeyHelp.module.css";
import { type Action, keyboard, printed, useKeys } from "./keyboard";

/** `?` anywhere: the keys that work on this page now. */
export function KeyHelp(): ReactElement | null {
  const { t } = useTranslation();
  const [actions, setActions] = useState<Action[] | null>(null);
  useKeys({ help: () => setActions(keyboard.actions()) });
  if (actions === null) return null;
  return (
    <Dialog title={t("keys.title")} onClose={() => setActions(null)}>
      <dl className={styles.keys}>
        {actions.map((action) => (
          <div key={action}>
            <dt>
              {keyboard.table[action].map((chord) => (
                <span key={chord} className={styles.chord}>
                  {printed(chord).map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </span>
              ))}
            </dt>
            <dd>{t(`keys.${action}`)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
