import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { type PackageRecord, REASONS } from "../../api/explore";
import page from "../../ui/page.module.css";
import { percent, rate } from "./figures";
import { Tallies } from "./Tallies";

/** One version of a package: what its card promises, what readers made of it. least: the fewest that make a share. */
export function PackageCard({ record, least }: { record: PackageRecord; least: number }): ReactElement {
  const { t } = useTranslation();
  const rejected = REASONS.flatMap((reason) => {
    const count = record.rejected[reason];
    return count === undefined ? [] : [`${t(`findings.reason.${reason}`)} ${count}`];
  });
  return (
    <section className={page.card} aria-label={`${record.title} ${record.version}`}>
      <h2>
        {record.title} <span className={page.dim}>{record.version}</span>
      </h2>
      <p>{record.use_status}</p>
      <dl className={page.facts}>
        {record.promises.map((each) => (
          <div key={each.type} style={{ display: "contents" }}>
            <dt>{t("explore.promised", { type: each.type })}</dt>
            <dd>
              {t("explore.promise", {
                sensitivity: percent(each.sensitivity),
                falseMarks: rate(each.false_positives_per_scan),
              })}{" "}
              <span className={page.dim} lang="en">
                {each.measured_on}
              </span>
            </dd>
          </div>
        ))}
        <dt>{t("explore.rejectedFor")}</dt>
        <dd>{rejected.length === 0 ? "–" : rejected.join(" · ")}</dd>
      </dl>
      <Tallies record={record} least={least} />
      {record.figures.length > 0 && (
        <details>
          <summary>{t("explore.figures")}</summary>
          <ul>
            {record.figures.map((each) => (
              <li key={`${each.name} ${each.set_name}`} lang="en">
                {each.name}: {interval(each)} <span className={page.dim}>{each.set_name}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function interval({ value, low, high }: { value: number; low: number | null; high: number | null }): string {
  return low === null || high === null ? String(value) : `${value} (${low}–${high})`;
}
