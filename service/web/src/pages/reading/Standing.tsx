import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../api/problems";
import { printed, keyboard, useKeys } from "../../app/keyboard";
import { useReader } from "../../app/session";
import controls from "../../ui/controls.module.css";
import { Notice } from "../../ui/Notice";
import styles from "./panel.module.css";
import type { Reading } from "./useReading";

/** What keeps this reader from writing: another one reads the examination, or it is at the hospital. And the way on. */
export function Standing({ reading }: { reading: Reading }): ReactElement {
  const { t } = useTranslation();
  const { view, claimFault, isTaken, takeOver, examination, again } = reading;
  const { user } = useReader();
  const [fault, setFault] = useState<unknown>(null);
  const isReturned = view?.line.status.word === "returned";
  const mayUndo = isReturned && user.rights.includes("review");
  const undo = (): void => {
    setFault(null);
    examination.undoReturn().then(again).catch(setFault);
  };
  useKeys(mayUndo ? { returnUndo: undo } : {});
  return (
    <>
      {claimFault !== null && (
        <Notice tone="warned">
          {inWords(claimFault, t)}
          {isTaken && (
            <>
              <p>{t("panel.taken")}</p>
              <button className={controls.button} onClick={takeOver}>
                {t("panel.takeOver")}
              </button>
            </>
          )}
        </Notice>
      )}
      {isReturned && (
        <Notice tone="warned">
          {t("panel.returned", { reason: view.line.status.reason })}
          {mayUndo && (
            <div className={styles.way}>
              <button className={controls.button} onClick={undo}>
                {t("panel.undoReturn")} <kbd>{printed(keyboard.table.returnUndo[0] ?? "").join(" ")}</kbd>
              </button>
            </div>
          )}
        </Notice>
      )}
      {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
    </>
  );
}
