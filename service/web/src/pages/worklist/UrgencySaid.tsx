import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { WorklistRow } from "../../api/types";
import { keyboard, printed } from "../../app/keyboard";
import { useReader } from "../../app/session";
import controls from "../../ui/controls.module.css";
import { Urgency } from "./cells";
import styles from "./worklist.module.css";

/** How urgent an examination is, who said so, and the way to say so. */
export function UrgencySaid({ row }: { row: WorklistRow }): ReactElement {
  const { t } = useTranslation();
  const { user } = useReader();
  const by = row.urgency.confirmed_by;
  return (
    <div className={styles.urgency}>
      <div>
        <Urgency row={row} />
        <p className={styles.dim}>{by === null ? t("preview.urgencyUnconfirmed") : t("preview.urgencyBy", { name: by.name })}</p>
      </div>
      {user.rights.includes("review") && (
        <button className={controls.button} onClick={() => keyboard.perform("urgency")}>
          {by === null ? t("urgency.confirm") : t("urgency.change")} <kbd>{printed(keyboard.table.urgency[0] ?? "").join(" ")}</kbd>
        </button>
      )}
    </div>
  );
}
