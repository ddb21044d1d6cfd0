import { type ReactElement, useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { Connection } from "../../api/live";
import { type Action, keyboard, printed } from "../../app/keyboard";
import controls from "../../ui/controls.module.css";
import { Icon, type IconName } from "../../ui/icons";
import type { ShownRow, WorklistState } from "./store";
import styles from "./worklist.module.css";

const LIGHT: Record<Connection, { icon: IconName; colour: string }> = {
  live: { icon: "check", colour: "var(--ok)" },
  polling: { icon: "refresh", colour: "var(--high)" },
  offline: { icon: "offline", colour: "var(--critical)" },
};

/** Counts, why the row under the cursor stands where it does, and whether changes arrive. */
export function BottomBar(props: { state: WorklistState; connection: Connection; row: ShownRow | undefined }): ReactElement {
  const { t } = useTranslation();
  const { state, row } = props;
  const total = state.isMoreThanTotal ? `${state.total}+` : String(state.total);
  const light = LIGHT[props.connection];
  const analysing = useMemo(() => state.rows.filter(isWithPackages).length, [state.rows]);
  return (
    <footer className={styles.bottom}>
      <span>{t("worklist.count", { shown: state.rows.length, total })}</span>
      {analysing > 0 && <span>{t("worklist.queue", { count: analysing })}</span>}
      <span className={styles.reason}>{row === undefined ? "" : t("worklist.orderReason", { reason: row.order_reason })}</span>
      <span className={styles.hints}>
        <Key action="listOpen" /> {t("keys.listOpen")} <Key action="listPreview" /> {t("keys.listPreview")}
      </span>
      <button className={`${controls.button} ${controls.quiet}`} onClick={() => keyboard.perform("help")}>
        <Icon name="keyboard" /> {t("keys.help")} <kbd>?</kbd>
      </button>
      <span style={{ color: light.colour }} role="status">
        <Icon name={light.icon} /> {t(`connection.${props.connection}`)}
      </span>
    </footer>
  );
}

function Key({ action }: { action: Action }): ReactElement {
  return <kbd>{printed(keyboard.table[action][0] ?? "").join(" ")}</kbd>;
}

function isWithPackages(row: ShownRow): boolean {
  return row.status.word === "queued" || row.status.word === "analysing";
}
