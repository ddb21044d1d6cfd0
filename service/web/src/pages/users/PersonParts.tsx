import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { type Named, ROLES, type RoleWord } from "../../api/types";
import { CheckField } from "../../ui/CheckField";
import { DateField } from "../../ui/DateField";
import { Notice } from "../../ui/Notice";
import page from "../../ui/page.module.css";
import { TextField } from "../../ui/TextField";
import { type Draft, isAdministrator, lackOf } from "./draft";

interface Props {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
}

/** Roles with what each may do; two that exclude each other are said to, at once. */
export function RoleChoice({ draft, onChange }: Props): ReactElement {
  const { t } = useTranslation();
  const lack = lackOf({ ...draft, login: "-", name: "-" });
  const pick = (role: RoleWord, isChecked: boolean): void =>
    onChange({ roles: isChecked ? [...draft.roles, role] : draft.roles.filter((each) => each !== role) });
  return (
    <fieldset className={page.group}>
      <legend>{t("account.roles")}</legend>
      <div className={page.checks}>
        {ROLES.map((role) => (
          <CheckField
            key={role}
            label={t(`roles.${role}`)}
            hint={t(`users.may.${role}`)}
            isChecked={draft.roles.includes(role)}
            onChange={(isChecked) => pick(role, isChecked)}
          />
        ))}
      </div>
      {(lack === "administrator" || lack === "hospital-alone") && <Notice tone="wrong">{t(`users.lacks.${lack}`)}</Notice>}
    </fieldset>
  );
}

/** Whose patients they see: every hospital's, or those of the named ones. */
export function HospitalChoice({ draft, hospitals, onChange }: Props & { hospitals: Named[] }): ReactElement {
  const { t } = useTranslation();
  const isOfHospital = draft.roles.includes("hospital");
  const pick = (id: string, isChecked: boolean): void =>
    onChange({ hospitals: isChecked ? [...draft.hospitals, id] : draft.hospitals.filter((each) => each !== id) });
  if (isAdministrator(draft.roles)) return <p className={page.hint}>{t("users.seesNobody")}</p>;
  const isNamed = isOfHospital || !draft.seesEvery;
  return (
    <fieldset className={page.group}>
      <legend>{t("account.hospitals")}</legend>
      {!isOfHospital && (
        <CheckField
          label={t("users.everyHospital")}
          hint={t("users.everyHospitalHint")}
          isChecked={draft.seesEvery}
          onChange={(seesEvery) => onChange({ seesEvery })}
        />
      )}
      {isNamed && hospitals.length === 0 && <p className={page.hint}>{t("users.noHospitalYet")}</p>}
      {isNamed && hospitals.length > 0 && (
        <div className={page.checks}>
          {hospitals.map((each) => (
            <CheckField
              key={each.id}
              label={each.name}
              isChecked={draft.hospitals.includes(each.id)}
              onChange={(isChecked) => pick(each.id, isChecked)}
            />
          ))}
        </div>
      )}
    </fieldset>
  );
}

/** The practice certificate: without a valid one nobody signs. */
export function LicenceFields({ draft, hospitals, onChange }: Props & { hospitals: Named[] }): ReactElement {
  const { t } = useTranslation();
  const pick = (id: string, isChecked: boolean): void =>
    onChange({ sites: isChecked ? [...draft.sites, id] : draft.sites.filter((each) => each !== id) });
  return (
    <fieldset className={page.group}>
      <legend>{t("account.licence")}</legend>
      <div className={page.columns}>
        <TextField
          label={t("users.number")}
          value={draft.number}
          onChange={(number) => onChange({ number })}
          autoComplete="off"
          maxLength={64}
        />
        <TextField
          label={t("users.professionalTitle")}
          value={draft.title}
          onChange={(title) => onChange({ title })}
          autoComplete="off"
          maxLength={64}
        />
        <TextField
          label={t("users.scope")}
          value={draft.scope}
          onChange={(scope) => onChange({ scope })}
          autoComplete="off"
          maxLength={128}
        />
        <DateField label={t("users.until")} type="date" value={draft.until} onChange={(until) => onChange({ until })} />
        <TextField
          label={t("users.modalities")}
          value={draft.modalities}
          onChange={(modalities) => onChange({ modalities })}
          autoComplete="off"
          maxLength={128}
        />
      </div>
      <CheckField
        label={t("users.everySite")}
        hint={t("users.everySiteHint")}
        isChecked={draft.signsEverywhere}
        onChange={(signsEverywhere) => onChange({ signsEverywhere })}
      />
      {!draft.signsEverywhere && (
        <div className={page.checks}>
          {hospitals.map((each) => (
            <CheckField
              key={each.id}
              label={each.name}
              isChecked={draft.sites.includes(each.id)}
              onChange={(isChecked) => pick(each.id, isChecked)}
            />
          ))}
        </div>
      )}
      <p className={page.hint}>{t("users.licenceHint")}</p>
    </fieldset>
  );
}
