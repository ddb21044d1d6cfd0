import { getRouteApi } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { AUDIT_FIELDS, type AuditFilter, type AuditPage as Page1, auditPage } from "../../api/audit";
import type { Named } from "../../api/types";
import { moment } from "../../app/format";
import { Page } from "../../app/Page";
import { Answered } from "../../ui/Answered";
import controls from "../../ui/controls.module.css";
import { Earlier } from "../../ui/Earlier";
import { Icon } from "../../ui/icons";
import page from "../../ui/page.module.css";
import { usePages } from "../../ui/usePages";
import { csv, download } from "./csv";
import { Entries } from "./Entries";
import { Filter } from "./Filter";
import { useRecordWords } from "./words";

const route = getRouteApi("/audit");

/** The record, for the audit administrator: filters stand in the address, so that a search can be kept and repeated. */
export function AuditPage(): ReactElement {
  const { t } = useTranslation();
  return (
    <Page title={t("record.title")} right="search-audit">
      <Search />
    </Page>
  );
}

function Search(): ReactElement {
  const { t } = useTranslation();
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const { asked, items: entries } = usePages(["record", ...AUDIT_FIELDS.map((field) => filter[field] ?? "")], (after, signal) => auditPage(filter, after, signal));
  const narrow = (next: AuditFilter): void => {
    const given = Object.entries(next).filter(([, value]) => value !== undefined && value !== "");
    void navigate({ search: Object.fromEntries(given) });
  };
  const hospitals = asked.data?.pages[0]?.hospitals ?? [];
  const save = useSave(hospitals);
  return (
    <>
      <Filter key={JSON.stringify(filter)} filter={filter} hospitals={hospitals} onFilter={narrow} />
      <Answered asked={asked} isEmpty={() => entries.length === 0} empty={<p>{t("record.nothing")}</p>}>
        {() => (
          <>
            <div className={page.acts}>
              <span className={page.dim} role="status">
                {t("record.shown", { count: entries.length })}
              </span>
              <button className={controls.button} onClick={() => save(entries)}>
                <Icon name="download" /> {t("record.export")}
              </button>
            </div>
            <Entries entries={entries} filter={filter} hospitals={hospitals} onFilter={narrow} />
            <Earlier label={t("record.earlier")} asked={asked} />
          </>
        )}
      </Answered>
      <p className={page.hint}>{t("record.watched")}</p>
    </>
  );
}

/** Writes what is shown, in the reader's words, with identifiers beside names. */
function useSave(hospitals: Named[]): (entries: Page1["items"]) => void {
  const { t } = useTranslation();
  const words = useRecordWords(hospitals);
  return (entries) => {
    const heads = [
      t("record.at"),
      t("record.actor"),
      t("record.actorId"),
      t("record.action"),
      t("record.subject"),
      t("record.subjectId"),
      t("record.hospital"),
      t("record.detail"),
    ];
    const rows = entries.map((entry) => [
      entry.at,
      words.actor(entry),
      entry.actor.id,
      words.action(entry.action),
      words.subject(entry),
      entry.subject,
      entry.hospital?.name ?? "",
      words.details(entry).map(([label, value]) => `${label}: ${value}`).join("; "),
    ]);
    download(`audit ${moment(new Date().toISOString()).replace(":", "-")}.csv`, csv([heads, ...rows]));
  };
}
