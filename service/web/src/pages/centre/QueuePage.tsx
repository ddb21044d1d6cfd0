import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../api/problems";
import { type EncodeStep, type QueuedAnalysis, workApi } from "../../api/work";
import { moment } from "../../app/format";
import { useReader } from "../../app/session";
import { Answered } from "../../ui/Answered";
import controls from "../../ui/controls.module.css";
import { Notice } from "../../ui/Notice";
import page from "../../ui/page.module.css";
import { Table } from "../../ui/Table";
import { Tag } from "../../ui/Tag";
import { useAct } from "../../ui/useAct";
import { Centre } from "./Centre";
import { StudyCell } from "./StudyCell";

const REFRESH_MS = 5_000;
const QUEUE = ["queue"];

/** What failed, what runs, what waits, what is still to be encoded. */
export function QueuePage(): ReactElement {
  const { t } = useTranslation();
  return (
    <Centre title={t("centre.tabs.queue")}>
      <Queue />
    </Centre>
  );
}

function Queue(): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const queries = useQueryClient();
  const asked = useQuery({
    queryKey: [...QUEUE, reader.user.language],
    queryFn: ({ signal }) => workApi.queue(signal),
    refetchInterval: REFRESH_MS,
    enabled: !reader.locked,
  });
  const [told, setTold] = useState<string | null>(null);
  const { isBusy, fault, run } = useAct();
  const retry = (hospital: string, study: string): void => {
    setTold(null);
    void run(async () => {
      const again = await workApi.retryStudy(hospital, study);
      setTold(t("centre.retried", { analyses: again.analyses, encoded: again.encoded }));
      await queries.invalidateQueries({ queryKey: QUEUE });
    });
  };
  return (
    <Answered
      asked={asked}
      isEmpty={(view) => [view.failed, view.running, view.pending, view.encoding].every((each) => each.length === 0)}
      empty={
        <>
          {told !== null && <Notice tone="told">{told}</Notice>}
          <p>{t("centre.queueEmpty")}</p>
        </>
      }
    >
      {(view) => (
        <>
          {told !== null && <Notice tone="told">{told}</Notice>}
          {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
          <Analyses title={t("centre.failed", { count: view.counts.failed })} rows={view.failed} isBusy={isBusy} onRetry={retry} />
          <Analyses title={t("centre.running", { count: view.counts.running })} rows={view.running} />
          <Analyses title={t("centre.pending", { count: view.counts.pending })} rows={view.pending} />
          <Encoding title={t("centre.encoding", { count: view.counts.encoding })} rows={view.encoding} isBusy={isBusy} onRetry={retry} />
          {Object.values(view.counts).some((count) => count > view.limit) && (
            <p className={page.hint}>{t("centre.cut", { limit: view.limit })}</p>
          )}
        </>
      )}
    </Answered>
  );
}

interface RetryProps {
  isBusy?: boolean;
  onRetry?: (hospital: string, study: string) => void;
}

function Analyses({ title, rows, isBusy, onRetry }: RetryProps & { title: string; rows: QueuedAnalysis[] }): ReactElement | null {
  const { t } = useTranslation();
  if (rows.length === 0) return null;
  const heads = [t("centre.package"), t("centre.hospital"), t("centre.study"), t("centre.since"), t("centre.state")];
  return (
    <section className={page.section}>
      <h2>{title}</h2>
      <Table caption={title} heads={onRetry === undefined ? heads : [...heads, t("centre.acts")]}>
        {rows.map((row) => (
          <tr key={row.id}>
            <th scope="row">
              {row.position !== null && `${row.position}. `}
              {row.package} <span className={page.dim}>{row.version}</span>
            </th>
            <td>{row.hospital.name}</td>
            <StudyCell study={row.study} uid={row.study_instance_uid} />
            <td className={page.nowrap}>{moment(row.since)}</td>
            <td>
              <AnalysisState row={row} />
            </td>
            {onRetry !== undefined && <Retry row={row} isBusy={isBusy === true} onRetry={onRetry} />}
          </tr>
        ))}
      </Table>
    </section>
  );
}

function AnalysisState({ row }: { row: QueuedAnalysis }): ReactElement {
  const { t } = useTranslation();
  const said = [row.reason?.text, row.waits].filter((text) => text !== undefined && text !== null);
  const isRunning = row.lease_until !== null;
  return (
    <>
      <Tag tone={row.reason !== null ? "wrong" : isRunning ? "ok" : "waits"}>
        {row.state.text}
        {isRunning && ` ${Math.round(row.progress * 100)} %`}
      </Tag>
      {row.attempt > 1 && <div className={page.dim}>{t("centre.attempt", { count: row.attempt })}</div>}
      {said.map((text) => (
        <div key={text}>{text}</div>
      ))}
    </>
  );
}

function Encoding({ title, rows, isBusy, onRetry }: RetryProps & { title: string; rows: EncodeStep[] }): ReactElement | null {
  const { t } = useTranslation();
  if (rows.length === 0) return null;
  const heads = [t("centre.what"), t("centre.hospital"), t("centre.study"), t("centre.state"), t("centre.acts")];
  return (
    <section className={page.section}>
      <h2>{title}</h2>
      <Table caption={title} heads={heads}>
        {rows.map((row) => (
          <tr key={row.id}>
            <th scope="row">{row.what.text}</th>
            <td>{row.hospital.name}</td>
            <StudyCell study={row.study} uid={row.study_instance_uid} />
            <td>
              <Tag tone={row.state.word === "failed" ? "wrong" : "waits"}>{row.state.text}</Tag>
              {row.waits !== null && <div>{row.waits}</div>}
            </td>
            {row.state.word === "failed" && onRetry !== undefined ? (
              <Retry row={row} isBusy={isBusy === true} onRetry={onRetry} />
            ) : (
              <td />
            )}
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Retry(props: { row: QueuedAnalysis | EncodeStep; isBusy: boolean; onRetry: NonNullable<RetryProps["onRetry"]> }): ReactElement {
  const { t } = useTranslation();
  const { row, isBusy, onRetry } = props;
  return (
    <td>
      <button className={controls.button} disabled={isBusy} onClick={() => onRetry(row.hospital.id, row.study_instance_uid)}>
        {t("centre.retry")}
      </button>
    </td>
  );
}
