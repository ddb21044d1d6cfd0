import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { type SystemView, workApi } from "../../api/work";
import { useReader } from "../../app/session";
import { Answered } from "../../ui/Answered";
import { Notice } from "../../ui/Notice";
import page from "../../ui/page.module.css";
import { Table } from "../../ui/Table";
import { Tag } from "../../ui/Tag";
import { Centre } from "./Centre";
import { bytes } from "./figures";

const REFRESH_MS = 10_000;

/** The centre at a glance: what a person has to do first, then how each part stands. */
export function OverviewPage(): ReactElement {
  const { t } = useTranslation();
  return (
    <Centre title={t("centre.tabs.overview")}>
      <System />
    </Centre>
  );
}

function System(): ReactElement {
  const reader = useReader();
  const asked = useQuery({
    queryKey: ["system", reader.user.language],
    queryFn: ({ signal }) => workApi.system(signal),
    refetchInterval: REFRESH_MS,
    enabled: !reader.locked,
  });
  // What failed for good is counted by the queue only.
  const queue = useQuery({
    queryKey: ["queue", reader.user.language],
    queryFn: ({ signal }) => workApi.queue(signal),
    refetchInterval: REFRESH_MS,
    enabled: !reader.locked,
  });
  return (
    <Answered asked={asked}>
      {(system) => (
        <>
          <Todo system={system} failedAnalyses={queue.data?.counts.failed ?? 0} />
          <div className={page.cards}>
            <Node system={system} />
            <Disk system={system} />
            <Counts system={system} />
          </div>
          <Steps system={system} />
        </>
      )}
    </Answered>
  );
}

function Todo({ system, failedAnalyses }: { system: SystemView; failedAnalyses: number }): ReactElement {
  const { t } = useTranslation();
  const failed = system.deliveries["failed"] ?? 0;
  const notices: [string, ReactNode][] = [];
  if (system.hospitals === 0) notices.push(["none", <Link key="l" to="/centre/hospitals" search={{}}>{t("centre.noHospital")}</Link>]);
  if (system.node.answers === false) notices.push(["node", system.node.text]);
  if (system.disk.low) notices.push(["disk", t("centre.diskLow")]);
  for (const step of system.steps.filter((each) => each.late)) {
    notices.push([step.word, t("centre.stepLate", { step: step.name, text: step.text })]);
  }
  if (failedAnalyses > 0) {
    const words = t("centre.analysesFailed", { count: failedAnalyses });
    notices.push(["analyses", <Link key="l" to="/centre/queue">{words}</Link>]);
  }
  if (failed > 0) {
    const words = t("centre.deliveriesFailed", { count: failed });
    notices.push(["failed", <Link key="l" to="/centre/deliveries" search={{ state: "failed" }}>{words}</Link>]);
  }
  if (system.quarantined > 0) {
    const words = t("centre.quarantined", { count: system.quarantined });
    notices.push(["held", <Link key="l" to="/centre/quarantine">{words}</Link>]);
  }
  if (system.broken_packages > 0) {
    const words = t("centre.packagesBroken", { count: system.broken_packages });
    notices.push(["packages", <Link key="l" to="/centre/packages">{words}</Link>]);
  }
  if (notices.length === 0) return <Tag tone="ok">{t("centre.nothingToDo")}</Tag>;
  return (
    <section className={page.section} aria-label={t("centre.todo")}>
      <h2>{t("centre.todo")}</h2>
      {notices.map(([key, words]) => (
        <Notice key={key} tone="warned">
          {words}
        </Notice>
      ))}
    </section>
  );
}

function Node({ system: { node, version } }: { system: SystemView }): ReactElement {
  const { t } = useTranslation();
  const tone = node.answers === null ? "waits" : node.answers ? "ok" : "wrong";
  return (
    <section className={page.card}>
      <h2>{t("centre.node")}</h2>
      <Tag tone={tone}>{node.text}</Tag>
      <dl className={page.facts}>
        <dt>{t("centre.bind")}</dt>
        <dd>{node.bind}</dd>
        <dt>{t("centre.version")}</dt>
        <dd>{version}</dd>
      </dl>
      {node.loopback && <p>{t("centre.loopback")}</p>}
    </section>
  );
}

function Disk({ system: { disk } }: { system: SystemView }): ReactElement {
  const { t } = useTranslation();
  return (
    <section className={page.card}>
      <h2>{t("centre.disk")}</h2>
      <Tag tone={disk.low ? "wrong" : "ok"}>
        {t("centre.diskFree", { free: bytes(disk.free_bytes), total: bytes(disk.total_bytes) })}
      </Tag>
      <p>{t("centre.watermark", { watermark: bytes(disk.watermark_bytes) })}</p>
      <p>{t("centre.noBackup")}</p>
    </section>
  );
}

function Counts({ system }: { system: SystemView }): ReactElement {
  const { t } = useTranslation();
  const count = (counts: Record<string, number>, word: string): number => counts[word] ?? 0;
  const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((one, other) => one + other, 0);
  const facts: [string, number][] = [
    [t("centre.hospitalCount"), system.hospitals],
    [t("centre.packageCount"), system.packages],
    [t("centre.studyCount"), sum(system.studies)],
    [t("centre.receiving"), count(system.studies, "receiving")],
    [t("centre.waitingAnalyses"), count(system.analyses, "pending")],
    [t("centre.runningAnalyses"), count(system.analyses, "running")],
    [t("centre.waitingDeliveries"), count(system.deliveries, "pending") + count(system.deliveries, "sending")],
    [t("centre.parkedDeliveries"), count(system.deliveries, "parked")],
  ];
  return (
    <section className={page.card}>
      <h2>{t("centre.counts")}</h2>
      <dl className={page.facts}>
        {facts.map(([label, value]) => (
          <div key={label} style={{ display: "contents" }}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Steps({ system }: { system: SystemView }): ReactElement {
  const { t } = useTranslation();
  return (
    <section className={page.section}>
      <h2>{t("centre.steps")}</h2>
      <Table caption={t("centre.steps")} heads={[t("centre.step"), t("centre.state")]}>
        {system.steps.map((step) => (
          <tr key={step.word}>
            <th scope="row">{step.name}</th>
            <td>
              <Tag tone={step.late ? "warned" : step.waited_s === null ? "off" : "ok"}>{step.text}</Tag>
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
