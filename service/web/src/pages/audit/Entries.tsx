import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { AuditEntry, AuditFilter } from "../../api/audit";
import type { Named } from "../../api/types";
import { exactMoment } from "../../app/format";
import page from "../../ui/page.module.css";
import { Table } from "../../ui/Table";
import { Uid } from "../../ui/Uid";
import { isLink, isUid, useRecordWords } from "./words";

interface Props {
  entries: AuditEntry[];
  filter: AuditFilter;
  hospitals: Named[];
  onFilter: (filter: AuditFilter) => void;
}

/** One act a row. A person or a study in a row narrows the search to it. */
export function Entries({ entries, filter, hospitals, onFilter }: Props): ReactElement {
  const { t } = useTranslation();
  const words = useRecordWords(hospitals);
  const heads = [t("record.at"), t("record.actor"), t("record.action"), t("record.subject"), t("record.hospital"), t("record.detail")];
  return (
    <Table caption={t("record.title")} heads={heads}>
      {entries.map((entry) => (
        <tr key={entry.id}>
          <th scope="row" className={page.nowrap}>
            {exactMoment(entry.at)}
          </th>
          <td>
            <button
              className={page.link}
              title={t("record.onlyActor")}
              onClick={() => onFilter({ ...filter, login: "", actor: entry.actor.id })}
            >
              {words.actor(entry)}
            </button>
          </td>
          <td>{words.action(entry.action)}</td>
          <td>
            {isUid(entry.subject) ? (
              <button
                className={page.link}
                title={t("record.onlyStudy")}
                onClick={() => onFilter({ ...filter, study: entry.subject })}
              >
                {t("record.aStudy")} <Uid>{entry.subject}</Uid>
              </button>
            ) : isLink(entry) ? (
              <>
                {t("record.aLink")} <Uid>{entry.subject}</Uid>
              </>
            ) : (
              words.subject(entry)
            )}
          </td>
          <td>{entry.hospital?.name ?? ""}</td>
          <td>
            {words.details(entry).map(([label, value]) => (
              <div key={label}>
                <span className={page.dim}>{label}</span> {value}
              </div>
            ))}
          </td>
        </tr>
      ))}
    </Table>
  );
}
