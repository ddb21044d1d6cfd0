import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../../api/problems";
import type { ReportText, ReportView } from "../../../api/reading";
import { FIELDS, type Field } from "../../../api/report";
import { useReader } from "../../../app/session";
import controls from "../../../ui/controls.module.css";
import { Dialog } from "../../../ui/Dialog";
import { Notice } from "../../../ui/Notice";
import styles from "./report.module.css";
import { Difference } from "./Texts";
import { at } from "./time";

interface Props {
  mine: ReportText;
  theirs: ReportView;
  onChoose: (text: ReportText) => void;
  /** Takes back what was submitted, to go on with what was chosen. */
  onTakeBack: (text: ReportText) => Promise<void>;
  /** Leaves the report to the other; one's own text is kept beside it. */
  onSetAside: () => void;
  onClose: () => void;
}

/** Two texts of one report beside each other; the reader says which stands, part by part. Nothing is overwritten unseen. */
export function Conflict({ mine, theirs, onChoose, onTakeBack, onSetAside, onClose }: Props): ReactElement {
  const { t } = useTranslation();
  const { language } = useReader().user;
  const [chosen, setChosen] = useState<Record<Field, "mine" | "theirs">>({ findings: "mine", impression: "mine", advice: "mine" });
  const [fault, setFault] = useState<unknown>(null);
  const name = theirs.changed_by.name;
  const isSubmitted = theirs.state.word === "preliminary";
  const isSigned = ["signed", "provisional"].includes(theirs.state.word);
  const differing = FIELDS.filter((field) => mine[field] !== theirs.text[field]);
  const result = (): ReportText => {
    const of = (field: Field): string => (chosen[field] === "mine" ? mine[field] : theirs.text[field]);
    return { findings: of("findings"), impression: of("impression"), advice: of("advice") };
  };
  return (
    <Dialog title={t("conflict.title")} onClose={onClose}>
      <div className={styles.form}>
        <p>{t("conflict.what", { name, at: at(theirs.changed_at, language) })}</p>
        {differing.map((field) => (
          <div key={field} role="radiogroup" aria-label={t("conflict.which", { field: t(`report.field.${field}`) })}>
            <h3>{t(`report.field.${field}`)}</h3>
            <div className={styles.choice}>
              {(["mine", "theirs"] as const).map((side) => (
                <label key={side}>
                  <span className={styles.check}>
                    <input
                      type="radio"
                      name={field}
                      checked={chosen[field] === side}
                      onChange={() => setChosen({ ...chosen, [field]: side })}
                    />
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
        {isSubmitted && <p>{t("conflict.submitted", { name })}</p>}
        {isSigned && <p>{t("conflict.signed", { name: theirs.signed_by?.name ?? name })}</p>}
        <div className={styles.acts}>
          {!isSigned && (
            <button
              className={`${controls.button} ${controls.primary}`}
              onClick={() => (isSubmitted ? void onTakeBack(result()).then(onClose, setFault) : onChoose(result()))}
            >
              {isSubmitted ? t("conflict.takeBack") : t("conflict.continue")}
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
