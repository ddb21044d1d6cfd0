import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { AuditRatesView } from "../../api/quality";
import { useReader } from "../../app/session";
import { Answered } from "../../ui/Answered";
import page from "../../ui/page.module.css";
import { Table } from "../../ui/Table";
import { percent } from "./figures";

interface Props {
  name: string;
  read: (signal?: AbortSignal) => Promise<AuditRatesView>;
}

/** By writer: how many of the signed reports the audit changed, and how much of their text. */
export function AuditRates({ name, read }: Props): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const asked = useQuery({ queryKey: [name], queryFn: ({ signal }) => read(signal), enabled: !reader.locked });
  const heads = ["writer", "hospital", "audited", "changed", "rate", "share", "returned"] as const;
  return (
    <section className={page.section} aria-label={t("quality.audits")}>
      <h2>{t("quality.audits")}</h2>
      <Answered asked={asked} isEmpty={(view) => view.rates.length === 0} empty={<p>{t("quality.noAudit")}</p>}>
        {(view) => (
          <>
            <p className={page.hint}>{t("quality.auditsHint", { days: view.days })}</p>
            <Table caption={t("quality.audits")} heads={heads.map((head) => t(`quality.${head}`))}>
              {view.rates.map((rate) => (
                <tr key={`${rate.writer.id} ${rate.hospital.id}`}>
                  <th scope="row">{rate.writer.name}</th>
                  <td>{rate.hospital.name}</td>
                  <td>{rate.audited}</td>
                  <td>{rate.changed}</td>
                  <td>{rate.audited === 0 ? "–" : percent(rate.changed / rate.audited, reader.user.language)}</td>
                  <td>{rate.changed === 0 ? "–" : percent(rate.changed_share, reader.user.language)}</td>
                  <td>{rate.returned}</td>
                </tr>
              ))}
            </Table>
          </>
        )}
      </Answered>
    </section>
  );
}
