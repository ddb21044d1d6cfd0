import { type FormEvent, type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { type Agreement, AT_END, EXCLUDABLE, SERVICES, SIGNED_BY } from "../../../api/hospitals";
import { CheckField } from "../../../ui/CheckField";
import page from "../../../ui/page.module.css";
import { SelectField } from "../../../ui/SelectField";
import { TextField } from "../../../ui/TextField";
import { SaveRow } from "./SaveRow";
import { type Part, useSave } from "./shared";

/** What was agreed with the hospital: services, modalities, what is not taken, who signs, how long data stay, the end. */
export function AgreementPart(part: Part): ReactElement {
  const { hospital } = part;
  const { t } = useTranslation();
  const act = useSave(part);
  const [draft, setDraft] = useState(hospital.agreement);
  const [modalities, setModalities] = useState(hospital.agreement.modalities.join(", "));
  const [years, setYears] = useState(String(hospital.agreement.keep_years));
  const set = (more: Partial<Agreement>): void => setDraft((known) => ({ ...known, ...more }));
  const agreed: Agreement = {
    ...draft,
    modalities: modalities.split(/[^A-Z0-9]+/).filter((each) => each !== ""),
    keep_years: Number(years),
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void act.save({ agreement: agreed });
  };
  return (
    <form className={page.card} onSubmit={submit} noValidate>
      <h2>{t("hospital.agreement.title")}</h2>
      <fieldset className={page.group}>
        <legend>{t("hospital.agreement.services")}</legend>
        <div className={page.columns}>
          {SERVICES.map((each) => (
            <CheckField
              key={each}
              label={t(`hospital.agreement.service.${each}`)}
              hint={t(`hospital.agreement.serviceMeans.${each}`)}
              isChecked={draft.services.includes(each)}
              onChange={(isChecked) => set({ services: SERVICES.filter((one) => (one === each ? isChecked : draft.services.includes(one))) })}
            />
          ))}
        </div>
      </fieldset>
      <fieldset className={page.group}>
        <legend>{t("hospital.agreement.excluded")}</legend>
        <div className={page.columns}>
          {EXCLUDABLE.map((each) => (
            <CheckField
              key={each}
              label={t(`hospital.agreement.kind.${each}`)}
              isChecked={draft.excluded.includes(each)}
              onChange={(isChecked) => set({ excluded: EXCLUDABLE.filter((one) => (one === each ? isChecked : draft.excluded.includes(one))) })}
            />
          ))}
        </div>
      </fieldset>
      <div className={page.columns}>
        <TextField
          label={t("hospital.agreement.modalities")}
          value={modalities}
          onChange={(text) => setModalities(text.toUpperCase())}
          autoComplete="off"
        />
        <SelectField
          label={t("hospital.agreement.signedBy")}
          value={draft.signed_by}
          onChange={(chosen) => set({ signed_by: SIGNED_BY.find((each) => each === chosen) ?? "centre" })}
        >
          {SIGNED_BY.map((each) => (
            <option key={each} value={each}>
              {t(`hospital.agreement.signer.${each}`)}
            </option>
          ))}
        </SelectField>
        <TextField
          label={t("hospital.agreement.keepYears")}
          value={years}
          onChange={(text) => setYears(text.replace(/\D/g, ""))}
          autoComplete="off"
          inputMode="numeric"
          maxLength={3}
        />
        <SelectField
          label={t("hospital.agreement.atEnd")}
          value={draft.at_end}
          onChange={(chosen) => set({ at_end: AT_END.find((each) => each === chosen) ?? "keep" })}
        >
          {AT_END.map((each) => (
            <option key={each} value={each}>
              {t(`hospital.agreement.end.${each}`)}
            </option>
          ))}
        </SelectField>
      </div>
      <SaveRow part={part} act={act} isChanged={JSON.stringify(agreed) !== JSON.stringify(hospital.agreement)} />
    </form>
  );
}
