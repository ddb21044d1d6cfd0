import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Named } from "../../api/types";
import { type PersonView, usersApi } from "../../api/users";
import { Page } from "../../app/Page";
import { useReader } from "../../app/session";
import { Answered } from "../../ui/Answered";
import controls from "../../ui/controls.module.css";
import { Icon } from "../../ui/icons";
import page from "../../ui/page.module.css";
import { ShownOnce } from "../../ui/ShownOnce";
import { TextField } from "../../ui/TextField";
import { PeopleTable } from "./PeopleTable";
import { PersonDialog } from "./PersonDialog";

const PEOPLE = ["people"];

/** Everybody who may sign in, for the security administrator. */
export function UsersPage(): ReactElement {
  const { t } = useTranslation();
  return (
    <Page title={t("places.users")} right="manage-users">
      <People />
    </Page>
  );
}

function People(): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const queries = useQueryClient();
  const asked = useQuery({
    queryKey: PEOPLE,
    queryFn: ({ signal }) => usersApi.everyone(signal),
    enabled: !reader.locked,
  });
  const [sought, setSought] = useState("");
  const [described, setDescribed] = useState<PersonView | "new" | null>(null);
  const [firstPassword, setFirstPassword] = useState<string | null>(null);
  const changed = async (password: string | null): Promise<void> => {
    setDescribed(null);
    setFirstPassword(password);
    await queries.invalidateQueries({ queryKey: PEOPLE });
  };
  return (
    <>
      <div className={page.tools}>
        <div style={{ width: 280 }}>
          <TextField label={t("users.search")} value={sought} onChange={setSought} autoComplete="off" />
        </div>
        <button
          className={`${controls.button} ${controls.primary}`}
          onClick={() => setDescribed("new")}
          disabled={asked.data === undefined}
        >
          <Icon name="plus" /> {t("users.add")}
        </button>
      </div>
      <Answered asked={asked}>
        {({ users, hospitals }) => (
          <PeopleTable
            people={found(users, sought, hospitals)}
            hospitals={hospitals}
            onDescribe={setDescribed}
            onChanged={changed}
          />
        )}
      </Answered>
      {described !== null && asked.data !== undefined && (
        <PersonDialog
          person={described === "new" ? null : described}
          hospitals={asked.data.hospitals}
          onDone={(password) => void changed(password)}
          onClose={() => setDescribed(null)}
        />
      )}
      {firstPassword !== null && (
        <ShownOnce
          title={t("users.firstPassword")}
          hint={t("users.firstPasswordHint")}
          secrets={[{ label: t("users.firstPassword"), secret: firstPassword }]}
          onClose={() => setFirstPassword(null)}
        />
      )}
    </>
  );
}

/** By name, login or hospital; who may not sign in any more comes last. */
function found(people: PersonView[], sought: string, hospitals: Named[]): PersonView[] {
  const text = sought.trim().toLowerCase();
  const named = (person: PersonView): string[] =>
    hospitals.filter((each) => person.hospitals?.includes(each.id) === true).map((each) => each.name);
  return people
    .filter((person) => {
      const { name, login } = person;
      return [name, login, ...named(person)].some((each) => each.toLowerCase().includes(text));
    })
    .sort((one, other) => Number(one.is_disabled) - Number(other.is_disabled));
}
