import { type FormEvent, type ReactElement, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import controls from "../../ui/controls.module.css";
import { SelectField } from "../../ui/SelectField";
import { TextField } from "../../ui/TextField";
import { millimetres } from "./drawing";
import styles from "./panel.module.css";
import type { Draft } from "./useDraft";
import type { Marking } from "./useMarking";

const MAX_NOTE = 500;

/** What a finding is, where it lies and how large it is: by hand on the image, or by these fields alone. */
export function FindingForm({ draft, marking }: { draft: Draft; marking: Marking }): ReactElement {
  const { t } = useTranslation();
  const { change, typed, close, said } = marking.drafting;
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => {
    first.current?.focus();
    first.current?.select();
  }, []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    marking.save();
  };
  const isWrong = (text: string): boolean => text !== "" && millimetres(text) === null;
  return (
    <form className={styles.form} onSubmit={submit} aria-label={draft.finding === null ? t("finding.adding") : t("finding.correcting", { number: draft.finding.number })}>
      <b>{draft.finding === null ? t("finding.adding") : t("finding.correcting", { number: draft.finding.number })}</b>
      <small>{draft.finding === null ? t("finding.howToAdd") : t("finding.howToCorrect")}</small>
      <div className={styles.pair}>
        <TextField
          input={first}
          label={t("finding.long")}
          value={draft.long}
          onChange={(long) => typed({ long })}
          autoComplete="off"
          inputMode="numeric"
          maxLength={8}
          isWrong={isWrong(draft.long)}
        />
        <TextField
          label={t("finding.short")}
          value={draft.short}
          onChange={(short) => typed({ short })}
          autoComplete="off"
          inputMode="numeric"
          maxLength={8}
          isWrong={isWrong(draft.short)}
        />
      </div>
      <SelectField label={t("finding.type")} value={String(draft.type)} onChange={(at) => change({ type: Number(at) })}>
        {draft.types.map((each, at) => (
          <option key={`${each.scheme} ${each.value}`} value={at}>
            {each.text}
          </option>
        ))}
      </SelectField>
      <SelectField label={t("finding.place")} value={String(draft.place)} onChange={(at) => change({ place: Number(at) })}>
        <option value={-1} disabled>
          {t("finding.choosePlace")}
        </option>
        {draft.places.map((each, at) => (
          <option key={`${each.site.value} ${each.laterality?.value ?? ""}`} value={at}>
            {each.text}
          </option>
        ))}
      </SelectField>
      <TextField
        label={t("finding.note")}
        value={draft.note}
        onChange={(note) => change({ note })}
        autoComplete="off"
        maxLength={MAX_NOTE}
      />
      {said === null && <small role="status">{t(`finding.lacks.${lackOf(draft)}`)}</small>}
      <div className={styles.acts}>
        <button type="submit" className={`${controls.button} ${controls.primary}`} disabled={said === null}>
          {t("finding.save")} <kbd>Enter</kbd>
        </button>
        <button type="button" className={controls.button} onClick={close}>
          {t("finding.cancel")} <kbd>Esc</kbd>
        </button>
      </div>
    </form>
  );
}

/** What is asked for next. */
function lackOf(draft: Draft): "size" | "place" | "where" {
  const typed = [draft.long, draft.short].filter((text) => text !== "");
  if (typed.length === 1 || typed.some((text) => millimetres(text) === null)) return "size";
  return draft.place === -1 ? "place" : "where";
}
