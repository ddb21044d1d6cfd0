import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../../api/problems";
import type { ReportText, ReportView } from "../../../api/reading";
import { FIELDS, type Field } from "../../../api/report";
import { useReader } from "../../../app/session";
import controls from "../../../ui/controls.module.css";
import { Dialog } from "../../../ui/Dialog";
import { Notice } from "../../../ui/Notice";
import { wayBeside } from "./conflict";
import styles from "./report.module.css";
import { Difference } from "./Texts";
import { at } from "./time";

interface Props {
  mine: ReportText;
  theirs: ReportView;
  onChoose: (text: ReportText) => void;
  /** Takes back what was submitted, to go on with what was chosen; false where that has become something else meanwhile. */
  onTakeBack: (text: ReportText) => Promise<boolean>;
  /** Leaves the report to the other; one's own text is kept beside it. */
  onSetAside: () => void;
  onClose: () => void;
}

/** Two texts of one report beside each other; the reader says which stands, part by part. Nothing is overwritten unseen, and what is offered
 * follows the other version: what was signed meanwhile is not written in. */
export function Conflict({ mine, theirs, onChoose, onTakeBack, onSetAside, onClose }: Props): ReactElement {
  const { t } = useTranslation();
  const { language } = useReader().user;
  const [chosen, setChosen] = useState<Record<Field, "mine" | "theirs">>({ findings: "mine", impression: "mine", advice: "mine" });
  const [fault, setFault] = useState<unknown>(null);
  const name = theirs.changed_by.name;
  const signer = theirs.signed_by?.name ?? name;
  const way = wayBeside(theirs);
  const differing = FIELDS.filter((field) => mine[field] !== theirs.text[field]);
  const result = (): ReportText => {
    const of = (field: Field): string => (chosen[field] === "mine" ? mine[field] : theirs.text[field]);
    return { findings: of("findings"), impression: of("impression"), advice: of("advice") };
  };
  const takeBack = (): void => {
    setFault(null);
    onTakeBack(result()).then((isDone) => (isDone ? onClose() : undefined), setFault);
  };
  const words = { continue: t("conflict.continue"), takeBack: t("conflict.takeBack"), amend: t("conflict.amend") };
  return (
    <Dialog title={t("conflict.title")} onClose={onClose}>
      <div className={styles.form}>
        <p>{t("conflict.what", { name, at: at(theirs.changed_at, language) })}</p>
        {(way === null || way === "amend") && theirs.signed_at !== null && (
          <Notice tone="warned">{t("conflict.signedAt", { name: signer, at: at(theirs.signed_at, language) })}</Notice>
        )}
        {differing.map((field) => (
          <div key={field} role="radiogroup" aria-label={t("conflict.which", { field: t(`report.field.${field}`) })}>
            <h3>{t(`report.field.${field}`)}</h3>
            <div className={styles.choice}>
              {(["mine", "theirs"] as const).map((side) => (
                <label key={side}>
                  <span className={styles.check}>
                    {way !== null && (
                      <input
                        type="radio"
                        name={field}
                        checked={chosen[field] === side}
                        onChange={() => setChosen({ ...chosen, [field]: side })}
                      />
                    )}
                    {side === "mine" ? t("conflict.mine") : t("conflict.theirs", { name })}
                  </span>
                  <Difference
                    before={side === "mine" ? theirs.text[field] : mine[field]}
                    after={side === "mine" ? mine[field] : theirs.text[field]}
                  />
                </label>
              ))}
            </div>
          </div>
        ))}
        {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
        {way === "takeBack" && <p>{t("conflict.submitted", { name })}</p>}
        {way === "amend" && <p>{t("conflict.released")}</p>}
        {way === null && <p>{t("conflict.signed", { name: signer })}</p>}
        <div className={styles.acts}>
          {way !== null && (
            <button
              className={`${controls.button} ${controls.primary}`}
              onClick={() => (way === "takeBack" ? takeBack() : onChoose(result()))}
            >
              {words[way]}
            </button>
          )}
          <button className={controls.button} onClick={onSetAside}>
            {t("conflict.setAside")}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
