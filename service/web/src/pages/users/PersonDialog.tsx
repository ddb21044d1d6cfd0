import { type FormEvent, type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../api/problems";
import type { Named } from "../../api/types";
import { type PersonView, usersApi } from "../../api/users";
import controls from "../../ui/controls.module.css";
import { Dialog } from "../../ui/Dialog";
import { Notice } from "../../ui/Notice";
import page from "../../ui/page.module.css";
import { SelectField } from "../../ui/SelectField";
import { TextField } from "../../ui/TextField";
import { useAct } from "../../ui/useAct";
import { bodyOf, type Draft, draftOf, lackOf, NOBODY, signs } from "./draft";
import { HospitalChoice, LicenceFields, RoleChoice } from "./PersonParts";

interface Props {
  /** Null: somebody new. */
  person: PersonView | null;
  hospitals: Named[];
  /** firstPassword: of somebody new, said this once. */
  onDone: (firstPassword: string | null) => void;
  onClose: () => void;
}

/** Takes somebody in, or describes them anew. */
export function PersonDialog({ person, hospitals, onDone, onClose }: Props): ReactElement {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<Draft>(() => {
    const known = person === null ? NOBODY : draftOf(person);
    return { ...known, scope: person?.licence?.scope ?? t("users.radiology") };
  });
  const [isTried, setTried] = useState(false);
  const { isBusy, fault, run } = useAct();
  const lack = lackOf(draft);
  const { login } = draft;
  const set = (change: Partial<Draft>): void => setDraft((known) => ({ ...known, ...change }));
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTried(true);
    if (isBusy || lack !== null) return;
    await run(async () => {
      if (person !== null) {
        await usersApi.change(person.id, bodyOf(draft));
        return onDone(null);
      }
      return onDone((await usersApi.add(login.trim(), bodyOf(draft))).first_password);
    });
  };
  return (
    <Dialog title={person === null ? t("users.add") : t("users.changing", { name: person.name })} onClose={onClose}>
      <form className={page.form} onSubmit={(event) => void submit(event)} noValidate>
        <div className={page.columns}>
          <TextField
            label={t("users.name")}
            value={draft.name}
            onChange={(name) => set({ name })}
            autoComplete="off"
            maxLength={128}
            isWrong={isTried && lack === "name"}
          />
          <TextField
            label={t("login.login")}
            value={login}
            onChange={(typed) => set({ login: typed })}
            autoComplete="off"
            maxLength={64}
            isDisabled={person !== null}
            isWrong={isTried && lack === "login"}
          />
          <SelectField
            label={t("common.language")}
            value={draft.language}
            onChange={(language) => set({ language: language === "en" ? "en" : "zh-CN" })}
          >
            <option value="zh-CN">{t("languages.zh-CN")}</option>
            <option value="en">{t("languages.en")}</option>
          </SelectField>
        </div>
        <RoleChoice draft={draft} onChange={set} />
        <HospitalChoice draft={draft} hospitals={hospitals} onChange={set} />
        {signs(draft.roles) && <LicenceFields draft={draft} hospitals={hospitals} onChange={set} />}
        {isTried && lack !== null && <Notice tone="wrong">{t(`users.lacks.${lack}`)}</Notice>}
        {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
        {person !== null && <p className={page.hint}>{t("users.changeEnds")}</p>}
        <div className={`${page.acts} ${page.end}`}>
          <button type="button" className={controls.button} onClick={onClose}>
            {t("places.cancel")}
          </button>
          <button className={`${controls.button} ${controls.primary}`} disabled={isBusy}>
            {person === null ? t("users.add") : t("users.save")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
