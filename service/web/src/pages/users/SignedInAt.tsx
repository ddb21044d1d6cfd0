import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { type PersonView, usersApi } from "../../api/users";
import { moment } from "../../app/format";
import { useReader } from "../../app/session";
import { Answered } from "../../ui/Answered";
import { Table } from "../../ui/Table";
import { Tag } from "../../ui/Tag";

/** The browsers somebody is signed in at now. */
export function SignedInAt({ person }: { person: PersonView }): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const asked = useQuery({
    queryKey: ["sessions", person.id],
    queryFn: ({ signal }) => usersApi.sessions(person.id, signal),
    enabled: !reader.locked,
    gcTime: 0,
  });
  const heads = [t("account.address"), t("account.since"), t("account.activeAt"), t("users.state")];
  return (
    <Answered asked={asked} isEmpty={(view) => view.sessions.length === 0} empty={<p>{t("users.sessions.none")}</p>}>
      {(view) => (
        <Table caption={t("users.sessions.act")} heads={heads}>
          {view.sessions.map((each) => (
            <tr key={`${each.since} ${each.address ?? ""}`}>
              <th scope="row">{each.address ?? t("account.unknownAddress")}</th>
              <td>{moment(each.since)}</td>
              <td>{moment(each.active_at)}</td>
              <td>
                <Tag tone={each.locked ? "waits" : "ok"}>{each.locked ? t("users.sessions.locked") : t("users.sessions.open")}</Tag>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Answered>
  );
}
