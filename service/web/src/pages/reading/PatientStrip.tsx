import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { worklistRow } from "../../api/worklist";
import { examLine } from "../../app/examLine";
import { keyboard } from "../../app/keyboard";
import { useReader } from "../../app/session";
import controls from "../../ui/controls.module.css";
import { Icon } from "../../ui/icons";
import { patientLine } from "../worklist/cells";
import { placeOf, searchOf } from "../worklist/place";
import { FullViewerLink } from "./FullViewerLink";
import styles from "./reading.module.css";

/** Who this is, always visible: name, sex, age, ID, accession number, examination and date. */
export function PatientStrip({ hospital, study }: { hospital: string; study: string }): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const { data: row } = useQuery({
    queryKey: ["examination", hospital, study, reader.user.language],
    queryFn: ({ signal }) => worklistRow(hospital, study, signal),
    enabled: !reader.locked,
  });
  return (
    <header className={styles.patient}>
      <Link to="/worklist" search={searchOf(placeOf(reader.user.id).filter)} className={`${controls.button} ${controls.quiet}`} title={t("common.toWorklist")}>
        <Icon name="back" /> {t("worklist.title")}
      </Link>
      {row !== undefined && (
        <>
          <h1>{row.patient.name}</h1>
          <span>{patientLine(row, t)}</span>
          <span>{row.patient.id}</span>
          <span>{row.accession_number === "" ? t("preview.noOrder") : row.accession_number}</span>
          <span className={styles.exam}>{examLine(row, t)}</span>
          <span>{row.study_date}</span>
        </>
      )}
      <FullViewerLink hospital={hospital} study={study} />
      <button
        className={`${controls.button} ${controls.quiet} ${styles.help}`}
        title={t("keys.help")}
        aria-label={t("keys.help")}
        onClick={() => keyboard.perform("help")}
      >
        <Icon name="keyboard" /> <kbd>?</kbd>
      </button>
    </header>
  );
}
