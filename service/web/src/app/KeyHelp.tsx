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
    <Dialog title={t("keys.title")} width="wide" onClose={() => setActions(null)}>
      <dl className={styles.keys}>
        {actions
          .filter(isSaid)
          .map((action) => (
            <div key={action}>
              <dt>
                {keyboard.table[action].map((chord) => (
                  <span key={chord} className={styles.chord}>
                    {printed(chord).map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                    {action === "finding1" && (
                      <>
                        –<kbd>9</kbd>
                      </>
                    )}
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

type LaterDigit = `finding${2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}`;

/** The nine digits do the same and take one line, that of the first. */
function isSaid(action: Action): action is Exclude<Action, LaterDigit> {
  return !/^finding[2-9]$/.test(action);
}
