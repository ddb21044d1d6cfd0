import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type ReactElement, useMemo } from "react";
import { useTranslation } from "react-i18next";

import { AUDIT_FIELDS, type AuditFilter, type AuditPage as Page1, auditPage } from "../../api/audit";
import type { Named } from "../../api/types";
import { moment } from "../../app/format";
import { Page } from "../../app/Page";
import { useReader } from "../../app/session";
import { Answered } from "../../ui/Answered";
import controls from "../../ui/controls.module.css";
import { Icon } from "../../ui/icons";
import page from "../../ui/page.module.css";
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
  const reader = useReader();
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const asked = useInfiniteQuery({
    queryKey: ["record", ...AUDIT_FIELDS.map((field) => filter[field] ?? "")],
    queryFn: ({ pageParam, signal }) => auditPage(filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last: Page1) => last.next,
    enabled: !reader.locked,
  });
  const narrow = (next: AuditFilter): void => {
    const given = Object.entries(next).filter(([, value]) => value !== undefined && value !== "");
    void navigate({ search: Object.fromEntries(given) });
  };
  const entries = useMemo(() => asked.data?.pages.flatMap((each) => each.items) ?? [], [asked.data]);
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
            {asked.hasNextPage && (
              <div className={page.acts}>
                <button
                  className={controls.button}
                  disabled={asked.isFetchingNextPage}
                  onClick={() => void asked.fetchNextPage()}
                >
                  {t("record.earlier")}
                </button>
              </div>
            )}
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
