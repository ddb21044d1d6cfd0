import type { ReactElement, ReactNode } from "react";

import type { WorklistRow } from "../../api/types";
import { examLine } from "../../app/examLine";
import { age, span } from "../../app/format";
import type { Translate } from "../../app/i18n";
import { Icon } from "../../ui/icons";
import { clockColour, clockWord, statusLook, urgencyLook } from "./appearance";
import type { ShownRow } from "./store";
import styles from "./table.module.css";
import { elapsed, useNow } from "./time";

export interface Column {
  /** Also the key of its heading in the catalogues. */
  name: "urgency" | "clock" | "patient" | "exam" | "status" | "ai" | "images" | "studyAt" | "reader" | "prior" | "hospital";
  cell: (row: ShownRow, t: Translate) => ReactNode;
}

export function patientLine(row: WorklistRow, t: Translate): string {
  const sex = t(`sex.${sexWord(row.patient.sex)}`);
  const years = age(row.patient.age, {
    Y: (count) => t("age.years", { count }),
    M: (count) => t("age.months", { count }),
    W: (count) => t("age.weeks", { count }),
    D: (count) => t("age.days", { count }),
  });
  return [sex, years].filter((part) => part !== "").join(" ");
}

/** As PS3.3 C.7.1.1 has it. What is none of its three values says as little as nothing. */
function sexWord(sex: string): "F" | "M" | "O" | "unknown" {
  return sex === "F" || sex === "M" || sex === "O" ? sex : "unknown";
}

export function Status({ row }: { row: ShownRow }): ReactElement {
  const { icon, colour } = statusLook(row.status.word);
  const progress = row.status.progress;
  return (
    <span className={styles.word} style={{ color: colour }} title={row.status.reason}>
      <Icon name={icon} />
      <span className={styles.cut}>
        {row.status.text}
        {progress !== null && ` ${Math.round(progress * 100)} %`}
      </span>
    </span>
  );
}

export function Urgency({ row }: { row: WorklistRow }): ReactElement {
  const { icon, colour } = urgencyLook(row.urgency.word);
  return (
    <span className={styles.word} style={{ color: colour }} title={row.order_reason}>
      <Icon name={icon} />
      <span className={styles.cut}>{row.urgency.text}</span>
    </span>
  );
}

export function Clock({ row, t }: { row: ShownRow; t: Translate }): ReactElement {
  const now = useNow();
  const exam = <small>{row.exam_class?.text ?? t("worklist.noClass")}</small>;
  if (row.clock === null) return <span className={styles.timer}>– {exam}</span>;
  const days = (count: number): string => t("age.days", { count });
  const { seconds, share } = elapsed(row.clock, row.receivedAtMs, now);
  const passed = clockWord(share);
  return (
    <span
      className={styles.timer}
      style={{ color: clockColour(share) }}
      title={t(`worklist.target.${row.clock.of}`, { span: span(row.clock.target_s, days) })}
    >
      {row.clock.of === "audit" && <small>{t("worklist.toAudit")} </small>}
      {span(seconds, days)} {passed !== null && <b className={styles.passed}>{t(`worklist.clockPassed.${passed}`)}</b>} {exam}
    </span>
  );
}

function ai(row: ShownRow, t: Translate): ReactNode {
  const [first, ...others] = row.ai;
  if (first === undefined) {
    return <span className={styles.dim}>{row.status.word === "not_asked" ? t("worklist.noPackage") : "–"}</span>;
  }
  const title = row.ai.map((each) => `${each.title} ${each.version}: ${each.text}`).join("\n");
  return (
    <span className={styles.cut} title={title}>
      {first.text}
      {others.length > 0 && <small className={styles.dim}> +{others.length}</small>}
    </span>
  );
}

/** What must not wait: an urgent finding that nobody of the hospital has acknowledged, an audit that is late. */
const MUST_NOT_WAIT = { "urgent-finding": "bell", "audit-overdue": "alert" } as const;

function UrgentFlags({ row }: { row: ShownRow }): ReactElement[] {
  return row.flags.flatMap(({ word, text }) =>
    word === "urgent-finding" || word === "audit-overdue"
      ? [
          <span key={word} className={styles.flag} title={text} role="img" aria-label={text}>
            <Icon name={MUST_NOT_WAIT[word]} />{" "}
          </span>,
        ]
      : [],
  );
}

function images(row: ShownRow): ReactNode {
  const { received, expected } = row.images;
  return expected === null || expected === received ? String(received) : `${received}/${expected}`;
}

/** In reading order. Columns of lesser rank go first where the list is narrow: see table.module.css. */
export const COLUMNS: readonly Column[] = [
  { name: "urgency", cell: (row) => <Urgency row={row} /> },
  { name: "clock", cell: (row, t) => <Clock row={row} t={t} /> },
  {
    name: "patient",
    cell: (row, t) => (
      <span className={styles.cut}>
        <UrgentFlags row={row} />
        <strong>{row.patient.name}</strong> <span className={styles.dim}>{patientLine(row, t)}</span>
      </span>
    ),
  },
  {
    name: "exam",
    cell: (row, t) => (
      <span className={styles.cut} title={examLine(row, t)}>
        {examLine(row, t)}
      </span>
    ),
  },
  { name: "status", cell: (row) => <Status row={row} /> },
  { name: "ai", cell: ai },
  { name: "images", cell: images },
  { name: "studyAt", cell: (row) => row.study_date ?? "–" },
  { name: "reader", cell: (row) => <span className={styles.cut}>{row.reader?.name ?? ""}</span> },
  { name: "prior", cell: (row) => (row.prior_count === 0 ? "" : String(row.prior_count)) },
  { name: "hospital", cell: (row) => <span className={styles.cut}>{row.hospital.name}</span> },
];
