import { type FormEvent, type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import type { AuditFilter } from "../../api/audit";
import type { Named } from "../../api/types";
import controls from "../../ui/controls.module.css";
import { DateField } from "../../ui/DateField";
import { Notice } from "../../ui/Notice";
import page from "../../ui/page.module.css";
import { SelectField } from "../../ui/SelectField";
import { TextField } from "../../ui/TextField";
import { ACTIONS, type ActionGroup, useRecordWords } from "./words";

interface Props {
  filter: AuditFilter;
  hospitals: Named[];
  onFilter: (filter: AuditFilter) => void;
}

/** Whose acts, on whom, which, when. A patient ID is a hospital's own, so it is asked for with the hospital. */
export function Filter({ filter, hospitals, onFilter }: Props): ReactElement {
  const { t } = useTranslation();
  const words = useRecordWords(hospitals);
  const [draft, setDraft] = useState(filter);
  const [isTried, setTried] = useState(false);
  const set = (change: AuditFilter): void => setDraft((known) => ({ ...known, ...change }));
  const lacksHospital = (draft.patient_id ?? "").trim() !== "" && (draft.hospital ?? "") === "";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (lacksHospital) return;
    const trimmed = Object.entries(draft).map(([name, value]) => [name, (value as string | undefined)?.trim() ?? ""]);
    onFilter(Object.fromEntries(trimmed) as AuditFilter);
  };
  const { login: typedLogin = "" } = draft;
  return (
    <form className={page.card} role="search" onSubmit={submit} noValidate>
      <div className={page.columns}>
        <TextField
          label={t("record.login")}
          value={typedLogin}
          onChange={(login) => set({ login, actor: "" })}
          autoComplete="off"
        />
        <SelectField label={t("record.action")} value={draft.action ?? ""} onChange={(action) => set({ action })}>
          <option value="">{t("record.every")}</option>
          {(Object.keys(ACTIONS) as ActionGroup[]).map((group) => (
            <optgroup key={group} label={t(`record.groups.${group}`)}>
              {ACTIONS[group].map((action) => (
                <option key={action} value={action}>
                  {words.action(action)}
                </option>
              ))}
            </optgroup>
          ))}
        </SelectField>
        <SelectField label={t("record.hospital")} value={draft.hospital ?? ""} onChange={(hospital) => set({ hospital })}>
          <option value="">{t("record.every")}</option>
          {hospitals.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </SelectField>
        <TextField
          label={t("record.patientId")}
          value={draft.patient_id ?? ""}
          onChange={(patient_id) => set({ patient_id })}
          autoComplete="off"
          maxLength={64}
          isWrong={isTried && lacksHospital}
        />
        <TextField
          label={t("record.study")}
          value={draft.study ?? ""}
          onChange={(study) => set({ study: study.replace(/[^0-9.]/g, "") })}
          autoComplete="off"
          maxLength={64}
        />
        <DateField
          label={t("record.since")}
          type="datetime-local"
          value={draft.since ?? ""}
          onChange={(since) => set({ since })}
        />
        <DateField
          label={t("record.until")}
          type="datetime-local"
          value={draft.until ?? ""}
          onChange={(until) => set({ until })}
        />
      </div>
      {isTried && lacksHospital && <Notice tone="wrong">{t("record.hospitalToo")}</Notice>}
      <div className={page.acts}>
        <button className={`${controls.button} ${controls.primary}`}>{t("record.search")}</button>
        <button type="button" className={controls.button} onClick={() => onFilter({})}>
          {t("record.clear")}
        </button>
        {(draft.actor ?? "") !== "" && <span className={page.dim}>{t("record.actorChosen", { actor: draft.actor ?? "" })}</span>}
      </div>
    </form>
  );
}
