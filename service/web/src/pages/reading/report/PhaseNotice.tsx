import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../../api/problems";
import controls from "../../../ui/controls.module.css";
import { Notice } from "../../../ui/Notice";
import type { Phase } from "./draftState";
import styles from "./report.module.css";

/** What keeps the centre from having what was written; whoever's version stands in the report meanwhile. */
export function PhaseNotice({ phase, onCompare }: { phase: Phase; onCompare: () => void }): ReactElement | null {
  const { t } = useTranslation();
  if (phase.kind === "refused") return <Notice tone="wrong">{inWords(phase.fault, t)}</Notice>;
  if (phase.kind === "kept-here") return <Notice tone="warned">{phase.isLocked ? t("report.keptLocked") : t("report.keptHere")}</Notice>;
  if (phase.kind !== "conflict") return null;
  return (
    <Notice tone="wrong">
      {t("report.conflict")}
      <div className={styles.acts}>
        <button className={controls.button} onClick={onCompare}>
          {t("report.compare")}
        </button>
      </div>
    </Notice>
  );
}
