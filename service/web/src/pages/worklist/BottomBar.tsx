import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { Connection } from "../../api/live";
import { type Action, keyboard, printed } from "../../app/keyboard";
import controls from "../../ui/controls.module.css";
import { Icon, type IconName } from "../../ui/icons";
import type { ShownRow } from "./store";
import styles from "./worklist.module.css";

const LIGHT: Record<Connection, { icon: IconName; colour: string }> = {
  live: { icon: "check", colour: "var(--ok)" },
  polling: { icon: "refresh", colour: "var(--high)" },
  offline: { icon: "offline", colour: "var(--critical)" },
};

/** Why the row under the cursor stands where it does, and whether changes arrive. */
export function BottomBar({ connection, row }: { connection: Connection; row: ShownRow | undefined }): ReactElement {
  const { t } = useTranslation();
  const light = LIGHT[connection];
  return (
    <footer className={styles.bottom}>
      <span className={styles.reason}>{row === undefined ? "" : t("worklist.orderReason", { reason: row.order_reason })}</span>
      <span className={styles.hints}>
        <Key action="listOpen" /> {t("keys.listOpen")} <Key action="listPreview" /> {t("keys.listPreview")}
      </span>
      <button className={`${controls.button} ${controls.quiet}`} onClick={() => keyboard.perform("help")}>
        <Icon name="keyboard" /> {t("keys.help")} <kbd>?</kbd>
      </button>
      <span style={{ color: light.colour }} role="status">
        <Icon name={light.icon} /> {t(`connection.${connection}`)}
      </span>
    </footer>
  );
}

function Key({ action }: { action: Action }): ReactElement {
  return <kbd>{printed(keyboard.table[action][0] ?? "").join(" ")}</kbd>;
}
