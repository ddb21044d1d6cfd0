import { type FormEvent, type KeyboardEvent, type ReactElement, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { useKeys } from "../../app/keyboard";
import controls from "../../ui/controls.module.css";
import { SelectField } from "../../ui/SelectField";
import { TextField } from "../../ui/TextField";
import { millimetres } from "./drawing";
import styles from "./panel.module.css";
import type { Draft } from "./useDraft";
import type { Marking } from "./useMarking";

const MAX_NOTE = 500;
/** So many places are chosen by one digit: a list goes to the entry that begins with what is typed. */
const DIGITS = 9;
/** What people type between two lengths: 8x6. */
const BETWEEN = /[x×*\s]+$/i;

/** What a finding is, where it lies and how large it is: by hand on the image, or by these fields alone. */
export function FindingForm({ draft, marking, isClosed }: { draft: Draft; marking: Marking; isClosed: boolean }): ReactElement {
  const { t } = useTranslation();
  const { change, typed, close, said } = marking.drafting;
  const [first, second, place] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null), useRef<HTMLSelectElement>(null)];
  useEffect(() => {
    first.current?.focus();
    first.current?.select();
  }, [first]);
  const askFor = { size: draft.long === "" ? first : second, place, where: first };
  /** Sends what is whole; of what is not, the field that is asked for next gets the focus. */
  const save = (): void => (said === null ? askFor[lackOf(draft)].current?.focus() : marking.save());
  useKeys(isClosed ? {} : { findingSave: save });
  const isPlaceless = draft.place === -1;
  useEffect(() => {
    if (draft.strokes > 0 && isPlaceless) place.current?.focus();
  }, [draft.strokes, isPlaceless, place]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save();
  };
  const enterInList = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !(event.target instanceof HTMLSelectElement)) return;
    event.preventDefault();
    save();
  };
  const typeLong = (text: string): void => {
    typed({ long: text.replace(BETWEEN, "") });
    if (BETWEEN.test(text)) second.current?.focus();
  };
  const isWrong = (text: string): boolean => text !== "" && millimetres(text) === null;
  return (
    <form className={styles.form} onSubmit={submit} onKeyDown={enterInList} aria-label={draft.finding === null ? t("finding.adding") : t("finding.correcting", { number: draft.finding.number })}>
      <b>{draft.finding === null ? t("finding.adding") : t("finding.correcting", { number: draft.finding.number })}</b>
      <small>{draft.finding === null ? t("finding.howToAdd") : t("finding.howToCorrect")}</small>
      <div className={styles.pair}>
        <TextField
          input={first}
          label={t("finding.long")}
          value={draft.long}
          onChange={typeLong}
          autoComplete="off"
          inputMode="numeric"
          maxLength={8}
          isWrong={isWrong(draft.long)}
        />
        <TextField
          input={second}
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
      <SelectField select={place} label={t("finding.place")} value={String(draft.place)} onChange={(at) => change({ place: Number(at) })}>
        <option value={-1} disabled>
          {t("finding.choosePlace")}
        </option>
        {draft.places.map((each, at) => (
          <option key={`${each.site.value} ${each.laterality?.value ?? ""}`} value={at}>
            {at < DIGITS ? `${at + 1} ${each.text}` : each.text}
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
        <button type="submit" className={`${controls.button} ${controls.primary}`} aria-disabled={said === null}>
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
