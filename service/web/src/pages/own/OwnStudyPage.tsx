import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { type OwnAnalysis, type OwnReport, type OwnStudyWhole, ownStudy } from "../../api/own";
import { moment } from "../../app/format";
import { Page } from "../../app/Page";
import { useReader } from "../../app/session";
import { Answered } from "../../ui/Answered";
import { Icon } from "../../ui/icons";
import { Notice } from "../../ui/Notice";
import page from "../../ui/page.module.css";
import { Table } from "../../ui/Table";
import { images } from "./parts";

const route = getRouteApi("/own/$hospital/$study");
const REFRESH_MS = 15_000;

/** One study of one's own hospital: how it stands, what is to do, the report. */
export function OwnStudyPage(): ReactElement {
  const { t } = useTranslation();
  return (
    <Page title={t("own.study")} right="follow-own">
      <Link to="/own" search={{}} className={page.back}>
        <Icon name="back" /> {t("own.back")}
      </Link>
      <Study />
    </Page>
  );
}

function Study(): ReactElement {
  const reader = useReader();
  const { hospital, study } = route.useParams();
  const asked = useQuery({
    queryKey: ["own-study", hospital, study, reader.user.language],
    queryFn: ({ signal }) => ownStudy(hospital, study, signal),
    refetchInterval: REFRESH_MS,
    enabled: !reader.locked,
  });
  return (
    <Answered asked={asked}>
      {(whole) => (
        <>
          <Standing study={whole} />
          {whole.report !== null && <Report report={whole.report} />}
          {whole.analyses.length > 0 && <Analyses analyses={whole.analyses} />}
        </>
      )}
    </Answered>
  );
}

function Standing({ study }: { study: OwnStudyWhole }): ReactElement {
  const { t } = useTranslation();
  const facts: [string, ReactNode][] = [
    [t("own.patientId"), study.patient.id],
    [t("own.accession"), study.accession_number === "" ? t("own.noAccession") : study.accession_number],
    [t("own.exam"), [study.modalities.join("/"), study.description, study.study_date ?? ""].filter(Boolean).join(" · ")],
    [t("own.receivedAt"), moment(study.received_at)],
    [t("own.images"), images(study)],
    [t("own.standing"), study.state.text],
    ...(study.waits_for.length > 0 ? [[t("own.waitsFor"), study.waits_for.join(t("own.then"))] as [string, string]] : []),
    [t("own.result"), study.result.text],
  ];
  return (
    <section className={`${page.card} ${page.read}`}>
      <h2>{study.patient.name === "" ? t("own.noName") : study.patient.name}</h2>
      {study.returned !== null && (
        <Notice tone="warned">
          {t("own.returnedWhole", { at: moment(study.returned.at), reason: study.returned.reason.text })}
          {study.returned.note !== "" && <p>{study.returned.note}</p>}
          <p>{t("own.sendAgain")}</p>
        </Notice>
      )}
      <dl className={page.facts}>
        {facts.map(([label, value]) => (
          <div key={label} style={{ display: "contents" }}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {study.report === null && study.has_report && <p>{t("own.reportWithheld")}</p>}
      {!study.has_report && <p>{t("own.noReportYet")}</p>}
    </section>
  );
}

function Report({ report }: { report: OwnReport }): ReactElement {
  const { t } = useTranslation();
  const parts: [string, string][] = [
    [t("own.findings"), report.findings],
    [t("own.impression"), report.impression],
    [t("own.advice"), report.advice],
  ];
  const signed = t("own.signedBy", {
    name: report.signed_by,
    at: report.signed_at === null ? "" : moment(report.signed_at),
  });
  return (
    <section className={`${page.card} ${page.read}`} aria-label={t("own.report")}>
      <h2>{report.is_amended ? t("own.amended", { version: report.version }) : t("own.report")}</h2>
      {report.audit_due_at !== null && <Notice tone="warned">{t("own.provisional", { at: moment(report.audit_due_at) })}</Notice>}
      {parts
        .filter(([, text]) => text !== "")
        .map(([label, text]) => (
          <div key={label}>
            <h3>{label}</h3>
            <div className={page.prose} lang={report.language}>
              {text}
            </div>
          </div>
        ))}
      <p>
        {signed}
        {report.audited_by !== null && t("own.auditedBy", { name: report.audited_by })}
      </p>
    </section>
  );
}

function Analyses({ analyses }: { analyses: OwnAnalysis[] }): ReactElement {
  const { t } = useTranslation();
  const said = (analysis: OwnAnalysis): string => {
    if (analysis.reason !== null) return [analysis.reason, analysis.detail ?? ""].filter(Boolean).join(" · ");
    if (analysis.finding_count !== null) return t("own.findingCount", { count: analysis.finding_count });
    return t("own.notTold");
  };
  return (
    <section className={`${page.section} ${page.read}`}>
      <h2>{t("own.analyses")}</h2>
      <Table caption={t("own.analyses")} heads={[t("own.package"), t("own.standing"), t("own.outcome")]}>
        {analyses.map((each) => (
          <tr key={`${each.package} ${each.version}`}>
            <th scope="row">
              {each.title} <span className={page.dim}>{each.version}</span>
            </th>
            <td>{each.state.text}</td>
            <td>{said(each)}</td>
          </tr>
        ))}
      </Table>
      <p className={page.hint}>{t("common.research")}</p>
    </section>
  );
}
