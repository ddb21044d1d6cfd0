import { getRouteApi } from "@tanstack/react-router";
import { type FormEvent, type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { OWN_FIELDS, type OwnFilter, ownPage } from "../../api/own";
import { Page } from "../../app/Page";
import { useReader } from "../../app/session";
import { Answered } from "../../ui/Answered";
import controls from "../../ui/controls.module.css";
import { Earlier } from "../../ui/Earlier";
import page from "../../ui/page.module.css";
import { SelectField } from "../../ui/SelectField";
import { TextField } from "../../ui/TextField";
import { usePages } from "../../ui/usePages";
import { StudyTable } from "./StudyTable";

const route = getRouteApi("/own");
const REFRESH_MS = 15_000;

/** The studies of somebody's own hospital, the newest first; they follow what becomes of each. */
export function OwnPage(): ReactElement {
  const { t } = useTranslation();
  return (
    <Page title={t("places.own")} right="follow-own">
      <Followed />
    </Page>
  );
}

function Followed(): ReactElement {
  const { t } = useTranslation();
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const { asked, items: studies } = usePages(["own", ...OWN_FIELDS.map((field) => filter[field] ?? "")], (after, signal) => ownPage(filter, after, signal), {
    refetchInterval: REFRESH_MS,
  });
  const narrow = (next: OwnFilter): void => {
    void navigate({ search: Object.fromEntries(Object.entries(next).filter(([, value]) => value !== "")) });
  };
  const isNarrowed = OWN_FIELDS.some((field) => (filter[field] ?? "") !== "");
  return (
    <>
      <Filter key={JSON.stringify(filter)} filter={filter} onFilter={narrow} />
      <Answered
        asked={asked}
        isEmpty={() => studies.length === 0}
        empty={<p>{isNarrowed ? t("own.noneFound") : t("own.none")}</p>}
      >
        {() => (
          <>
            <StudyTable studies={studies} />
            <Earlier label={t("own.earlier")} asked={asked} />
          </>
        )}
      </Answered>
    </>
  );
}

function Filter({ filter, onFilter }: { filter: OwnFilter; onFilter: (filter: OwnFilter) => void }): ReactElement {
  const { t } = useTranslation();
  const { hospitals } = useReader();
  const [draft, setDraft] = useState({ accession: "", patient_id: "", hospital: "", ...filter });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const { accession, patient_id, hospital } = draft;
    onFilter({ accession: accession.trim(), patient_id: patient_id.trim(), hospital });
  };
  return (
    <form className={page.tools} role="search" onSubmit={submit} noValidate>
      <TextField
        label={t("own.accession")}
        value={draft.accession}
        onChange={(accession) => setDraft({ ...draft, accession })}
        autoComplete="off"
        maxLength={64}
      />
      <TextField
        label={t("own.patientId")}
        value={draft.patient_id}
        onChange={(patient_id) => setDraft({ ...draft, patient_id })}
        autoComplete="off"
        maxLength={64}
      />
      {hospitals.length > 1 && (
        <SelectField
          label={t("own.hospital")}
          value={draft.hospital}
          onChange={(hospital) => setDraft({ ...draft, hospital })}
        >
          <option value="">{t("common.all")}</option>
          {hospitals.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </SelectField>
      )}
      <button className={`${controls.button} ${controls.primary}`}>{t("own.search")}</button>
      <button type="button" className={controls.button} onClick={() => onFilter({})}>
        {t("own.clear")}
      </button>
    </form>
  );
}
