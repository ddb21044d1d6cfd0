import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { Named } from "../../api/types";
import type { PersonView } from "../../api/users";
import { useReader } from "../../app/session";
import { useRoleWords } from "../../app/words";
import page from "../../ui/page.module.css";
import { Table } from "../../ui/Table";
import { Tag } from "../../ui/Tag";
import { Access } from "./Access";
import { isAdministrator, signs } from "./draft";

interface Props {
  people: PersonView[];
  hospitals: Named[];
  onDescribe: (person: PersonView) => void;
  /** firstPassword: after a reset, said this once. */
  onChanged: (firstPassword: string | null) => Promise<void>;
}

export function PeopleTable({ people, hospitals, onDescribe, onChanged }: Props): ReactElement {
  const { t } = useTranslation();
  const roleWords = useRoleWords();
  const reader = useReader();
  if (people.length === 0) return <p className={page.hint}>{t("users.noneFound")}</p>;
  const heads = [t("users.name"), t("account.roles"), t("account.hospitals"), t("account.licence"), t("users.state"), t("users.acts")];
  return (
    <Table caption={t("places.users")} heads={heads}>
      {people.map((person) => (
        <tr key={person.id}>
          <Who person={person} />
          <td>{roleWords(person.roles)}</td>
          <td>
            <Seen person={person} hospitals={hospitals} />
          </td>
          <td>
            <Certificate person={person} hospitals={hospitals} />
          </td>
          <td>
            <State person={person} />
          </td>
          <td>
            {person.id === reader.user.id ? (
              <span className={page.dim}>{t("users.yourself")}</span>
            ) : (
              <Access person={person} onDescribe={() => onDescribe(person)} onChanged={onChanged} />
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Who({ person: { name, login } }: { person: PersonView }): ReactElement {
  return (
    <th scope="row">
      {name}
      <br />
      <span className={page.dim}>{login}</span>
    </th>
  );
}

function Seen({ person, hospitals }: { person: PersonView; hospitals: Named[] }): ReactElement {
  const { t } = useTranslation();
  if (isAdministrator(person.roles)) return <span className={page.dim}>{t("users.noPatients")}</span>;
  if (person.hospitals === null) return <>{t("users.everyHospital")}</>;
  const names = new Map(hospitals.map((each) => [each.id, each.name]));
  const seen = person.hospitals.map((id) => names.get(id) ?? id);
  return <>{seen.length === 0 ? <Tag tone="warned">{t("users.noHospital")}</Tag> : seen.join(t("places.comma"))}</>;
}

function Certificate({ person, hospitals }: { person: PersonView; hospitals: Named[] }): ReactElement | null {
  const { t } = useTranslation();
  const { licence } = person;
  if (licence === null) return signs(person.roles) ? <Tag tone="warned">{t("users.noLicence")}</Tag> : null;
  const isOver = licence.until !== null && licence.until < today();
  return (
    <>
      {[licence.title, licence.number].filter((text) => text !== "").join(" · ")}
      <br />
      {isOver ? (
        <Tag tone="wrong">{t("users.licenceOver", { until: licence.until ?? "" })}</Tag>
      ) : (
        <span className={page.dim}>
          {licence.until === null ? t("account.licenceForEver") : t("account.licenceUntil", { until: licence.until })}
        </span>
      )}
      <br />
      {licence.covers.length === 0 ? (
        <Tag tone="wrong">{t("users.coversNothing")}</Tag>
      ) : (
        <span className={page.dim}>{licence.modalities === null ? licence.scope : licence.covers.join(", ")}</span>
      )}
      {licence.sites !== null && (
        <>
          <br />
          <span className={page.dim}>
            {t("users.sites", {
              sites: hospitals
                .filter((each) => licence.sites?.includes(each.id))
                .map((each) => each.name)
                .join(t("places.comma")),
            })}
          </span>
        </>
      )}
    </>
  );
}

function State({ person }: { person: PersonView }): ReactElement {
  const { t } = useTranslation();
  if (person.is_disabled) return <Tag tone="off">{t("users.disabled")}</Tag>;
  const lacksFactor = isAdministrator(person.roles) && !person.has_second_factor;
  return (
    <>
      {person.must_change_password || lacksFactor ? (
        <Tag tone="waits">{person.must_change_password ? t("users.firstSignIn") : t("users.enrolDue")}</Tag>
      ) : (
        <Tag tone="ok">{t("users.active")}</Tag>
      )}
      <br />
      <span className={page.dim}>
        {person.has_second_factor ? t("users.withFactor") : t("users.withoutFactor")}
        {person.is_demo && t("users.demo")}
      </span>
    </>
  );
}

/** The day by the clock of this machine, as dates of certificates are written. */
function today(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}
