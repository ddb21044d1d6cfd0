import { Fragment, type ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { PackageRule } from "../../../api/hospitals";
import { packagesApi, type TriedPackage, type TriedStudy } from "../../../api/packages";
import { moment } from "../../../app/format";
import { Answered } from "../../../ui/Answered";
import { Earlier } from "../../../ui/Earlier";
import page from "../../../ui/page.module.css";
import { Table } from "../../../ui/Table";
import { Tag, type Tone } from "../../../ui/Tag";
import { usePages } from "../../../ui/usePages";
import { Uid } from "../../../ui/Uid";

const TONES: Record<TriedPackage["outcome"], Tone> = { reads: "ok", stands: "waits", refused: "warned", "not-asked": "off" };

/** What would run on the newest stored studies, what not, and why. Nothing is changed by it. */
export function DryRun({ hospital, rules }: { hospital: string; rules: PackageRule[] }): ReactElement {
  const { t } = useTranslation();
  const { asked, items: studies } = usePages(["dry-run", hospital, JSON.stringify(rules)], (after) => packagesApi.dryRun(hospital, rules, after), { gcTime: 0 });
  const heads = [t("centre.study"), t("centre.package"), t("hospital.outcome"), t("centre.why")];
  return (
    <section className={page.section} aria-label={t("hospital.dryRun")}>
      <Answered asked={asked} isEmpty={() => studies.length === 0} empty={<p>{t("hospital.dryRunNone")}</p>}>
        {() => (
          <>
            <p>{t("hospital.dryRunMeans")}</p>
            <Table caption={t("hospital.dryRun")} heads={heads}>
              {studies.map((study) => (
                <Tried key={study.study_instance_uid} study={study} />
              ))}
            </Table>
            <Earlier label={t("centre.earlier")} asked={asked} />
          </>
        )}
      </Answered>
    </section>
  );
}

function Tried({ study }: { study: TriedStudy }): ReactElement {
  const { t } = useTranslation();
  const span = Math.max(1, study.packages.length);
  const series = study.series.map((each) => [each.number ?? "–", each.modality, each.description].filter((part) => part !== "").join(" "));
  const head = (
    <th scope="rowgroup" rowSpan={span}>
      <div>{t("hospital.triedStudy", { at: moment(study.received_at), count: study.images })}</div>
      {series.map((text, place) => (
        // Two series may be described alike; they never change places.
        <div key={study.series[place]?.series_instance_uid} className={page.dim}>
          {text}
        </div>
      ))}
      <Uid>{study.study_instance_uid}</Uid>
      {study.waits !== null && (
        <div>
          <Tag tone="waits">{study.waits}</Tag>
        </div>
      )}
    </th>
  );
  if (study.packages.length === 0) {
    return (
      <tr>
        {head}
        <td colSpan={3}>{t("hospital.nothingAsked")}</td>
      </tr>
    );
  }
  return (
    <>
      {study.packages.map((tried, place) => (
        <tr key={tried.package}>
          {place === 0 && head}
          <td>
            {tried.package} <span className={page.dim}>{tried.version}</span>
          </td>
          <td>
            <Tag tone={TONES[tried.outcome]}>{t(`hospital.outcomes.${tried.outcome}`)}</Tag>
          </td>
          <td>
            <Why tried={tried} />
          </td>
        </tr>
      ))}
    </>
  );
}

function Why({ tried }: { tried: TriedPackage }): ReactElement {
  const { t } = useTranslation();
  const said = [tried.route.text, tried.refusal?.text, tried.detail, tried.standing?.text];
  return (
    <>
      {said.map((text, place) => (text === undefined || text === null ? <Fragment key={place} /> : <div key={place}>{text}</div>))}
      {tried.selection.length > 0 && (
        <details>
          <summary>{t("hospital.selection")}</summary>
          {tried.selection.map((text) => (
            <div key={text} className={page.dim}>
              {text}
            </div>
          ))}
        </details>
      )}
    </>
  );
}
