import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { examLine } from "../../app/examLine";
import controls from "../../ui/controls.module.css";
import { Icon } from "../../ui/icons";
import { Clock, patientLine, Status } from "./cells";
import type { ShownRow } from "./store";
import { UrgencySaid } from "./UrgencySaid";
import styles from "./worklist.module.css";

/** What a row says at length, beside the list and without opening the study. */
export function Preview({ row, onClose }: { row: ShownRow; onClose: () => void }): ReactElement {
  const { t } = useTranslation();
  return (
    <aside className={styles.preview} aria-label={t("worklist.preview")}>
      <div className={styles.previewHead}>
        <h2>{row.patient.name}</h2>
        <button className={`${controls.button} ${controls.quiet}`} onClick={onClose} aria-label={t("common.close")}>
          <Icon name="close" />
        </button>
      </div>
      <dl className={styles.facts}>
        <Fact name={t("preview.person")}>{[patientLine(row, t), row.patient.birth_date].filter(Boolean).join(" · ")}</Fact>
        <Fact name={t("preview.otherNames")}>
          {[row.patient.alphabetic, row.patient.ideographic, row.patient.phonetic]
            .filter((name) => name !== "")
            .map(spoken)
            .join(" · ")}
        </Fact>
        <Fact name={t("preview.patientId")}>{row.patient.id}</Fact>
        <Fact name={t("preview.accession")}>{row.accession_number === "" ? t("preview.noOrder") : row.accession_number}</Fact>
        <Fact name={t("columns.exam")}>{examLine(row, t)}</Fact>
        <Fact name={t("columns.studyAt")}>{row.study_date ?? "–"}</Fact>
        <Fact name={t("columns.hospital")}>{row.hospital.name}</Fact>
        <Fact name={t("columns.prior")}>
          {row.prior_count === 0 ? t("preview.noPriors") : t("worklist.priors", { count: row.prior_count })}
        </Fact>
        <Fact name={t("columns.status")}>
          <Status row={row} />
          {row.status.reason !== "" && <p className={styles.dim}>{row.status.reason}</p>}
        </Fact>
        <Fact name={t("columns.urgency")}>
          <UrgencySaid row={row} />
        </Fact>
        <Fact name={t("columns.clock")}>
          <Clock row={row} t={t} />
        </Fact>
        <Fact name={t("preview.order")}>{row.order_reason}</Fact>
        {row.reader !== null && <Fact name={t("columns.reader")}>{row.reader.name}</Fact>}
        {row.flags.length > 0 && <Fact name={t("preview.flags")}>{row.flags.map((flag) => flag.text).join(" · ")}</Fact>}
      </dl>
      <section className={styles.packages}>
        <h3>{t("columns.ai")}</h3>
        {row.ai.length === 0 && (
          <p className={styles.dim}>{row.status.word === "not_asked" ? t("preview.noPackage") : t("preview.noResult")}</p>
        )}
        {row.ai.map((each) => (
          <p key={`${each.package} ${each.version}`}>
            {each.text}
            <small>{`${each.title} ${each.version}`}</small>
          </p>
        ))}
      </section>
      <Link
        className={`${controls.button} ${controls.primary} ${styles.open}`}
        to="/read/$hospital/$study"
        params={{ hospital: row.hospital.id, study: row.study_instance_uid }}
        search={{}}
      >
        {t("preview.open")} <kbd>Enter</kbd>
      </Link>
    </aside>
  );
}

/** DICOM's `Zhang^Wei` (PS3.5 6.2, PN) as it is said; Chinese names have no space. */
function spoken(name: string): string {
  const parts = name.split("^").filter((part) => part !== "");
  return parts.join(parts.every((part) => /^\p{Script=Han}+$/u.test(part)) ? "" : " ");
}

function Fact({ name, children }: { name: string; children: ReactNode }): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
