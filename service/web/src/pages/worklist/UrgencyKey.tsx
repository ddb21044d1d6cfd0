import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../api/problems";
import { URGENCY_WORDS, type UrgencyWord, type WorklistRow } from "../../api/types";
import { confirmUrgency } from "../../api/worklist";
import { useKeys } from "../../app/keyboard";
import { useReader } from "../../app/session";
import controls from "../../ui/controls.module.css";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/icons";
import { Notice } from "../../ui/Notice";
import page from "../../ui/page.module.css";
import { useAct } from "../../ui/useAct";
import { urgencyLook } from "./appearance";

interface Props {
  row: WorklistRow | undefined;
  /** The examination as it stands after somebody said how urgent it is. */
  onSaid: (row: WorklistRow) => void;
}

/** The key that asks how urgent an examination is, for whoever may say so. */
export function UrgencyKey({ row, onSaid }: Props): ReactElement | null {
  const { user } = useReader();
  // The examination that was asked about stays asked about, whatever comes under the cursor meanwhile.
  const [asked, setAsked] = useState<WorklistRow | null>(null);
  useKeys(row !== undefined && user.rights.includes("review") ? { urgency: () => setAsked(row) } : {});
  if (asked === null) return null;
  return <UrgencyDialog row={asked} onSaid={onSaid} onClose={() => setAsked(null)} />;
}

/** One key says it. Normal takes back what was said before. */
function UrgencyDialog({ row, onSaid, onClose }: { row: WorklistRow; onSaid: Props["onSaid"]; onClose: () => void }): ReactElement {
  const { t } = useTranslation();
  const { isBusy, fault, run } = useAct();
  const say = async (urgency: UrgencyWord): Promise<void> => {
    if (isBusy) return;
    const isSaid = await run(async () => onSaid(await confirmUrgency(row.hospital.id, row.study_instance_uid, urgency)));
    if (isSaid) onClose();
  };
  useKeys({
    urgencyCritical: () => void say("critical"),
    urgencyHigh: () => void say("high"),
    urgencyNormal: () => void say("normal"),
  });
  return (
    <Dialog title={t("urgency.title", { name: row.patient.name })} onClose={onClose}>
      <div className={page.form}>
        <p>{t("urgency.counts")}</p>
        {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
        <div className={page.acts}>
          {URGENCY_WORDS.map((word, at) => (
            <button
              key={word}
              className={controls.button}
              aria-pressed={row.urgency.confirmed_by !== null && row.urgency.word === word}
              disabled={isBusy}
              onClick={() => void say(word)}
            >
              <Icon name={urgencyLook(word).icon} /> {t(`urgency.word.${word}`)} <kbd>{at + 1}</kbd>
            </button>
          ))}
        </div>
      </div>
    </Dialog>
  );
}
