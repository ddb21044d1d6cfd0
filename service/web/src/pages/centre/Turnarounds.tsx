import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { qualityApi } from "../../api/quality";
import { span } from "../../app/format";
import { useReader } from "../../app/session";
import { Answered } from "../../ui/Answered";
import page from "../../ui/page.module.css";
import { Table } from "../../ui/Table";
import { percent } from "../quality/figures";

const REFRESH_MS = 60_000;

/** How long reports took from complete images to the release, and how many kept their time. */
export function Turnarounds(): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const { language } = reader.user;
  const asked = useQuery({
    queryKey: ["turnarounds", language],
    queryFn: ({ signal }) => qualityApi.turnarounds(signal),
    refetchInterval: REFRESH_MS,
    enabled: !reader.locked,
  });
  const heads = ["hospital", "class", "done", "inTime", "median", "p90", "half", "soon", "over"] as const;
  const taken = (seconds: number | null): string =>
    seconds === null ? "–" : span(seconds, (count) => t("age.days", { count }));
  return (
    <section className={page.section} aria-label={t("quality.turnarounds")}>
      <h2>{t("quality.turnarounds")}</h2>
      <Answered asked={asked} isEmpty={(view) => view.rows.length === 0} empty={<p>{t("quality.noTurnaround")}</p>}>
        {(view) => (
          <>
            <p className={page.hint}>{t("quality.turnaroundsHint", { days: view.days })}</p>
            <Table caption={t("quality.turnarounds")} heads={heads.map((head) => t(`quality.${head}`))}>
              {view.rows.map((row) => (
                <tr key={`${row.hospital.id} ${row.exam_class?.word ?? ""}`}>
                  <th scope="row">{row.hospital.name}</th>
                  <td>{row.exam_class?.text ?? t("worklist.noClass")}</td>
                  <td>{row.done}</td>
                  <td>{row.done === 0 ? "–" : percent(row.in_time / row.done, language)}</td>
                  <td>{taken(row.median_s)}</td>
                  <td>{taken(row.p90_s)}</td>
                  <td>{row.passed[50]}</td>
                  <td>{row.passed[80]}</td>
                  <td>{row.passed[100]}</td>
                </tr>
              ))}
            </Table>
          </>
        )}
      </Answered>
    </section>
  );
}
