import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { OwnStudy } from "../../api/own";
import { moment } from "../../app/format";
import { useReader } from "../../app/session";
import page from "../../ui/page.module.css";
import { Table } from "../../ui/Table";
import { Result, images } from "./parts";

export function StudyTable({ studies }: { studies: OwnStudy[] }): ReactElement {
  const { t } = useTranslation();
  const { hospitals } = useReader();
  const heads = [t("own.patient"), t("own.exam"), t("own.receivedAt"), t("own.images"), t("own.standing"), t("own.result")];
  return (
    <Table caption={t("places.own")} heads={heads}>
      {studies.map((study) => (
        <tr key={`${study.hospital.id} ${study.study_instance_uid}`}>
          <th scope="row">
            <Link to="/own/$hospital/$study" params={{ hospital: study.hospital.id, study: study.study_instance_uid }}>
              {study.patient.name === "" ? t("own.noName") : study.patient.name}
            </Link>
            <br />
            <span className={page.dim}>{study.patient.id}</span>
          </th>
          <td>
            {[study.modalities.join("/"), study.description].filter((text) => text !== "").join(" · ")}
            <br />
            <span className={page.dim}>
              {study.accession_number === "" ? t("own.noAccession") : study.accession_number}
              {hospitals.length > 1 && ` · ${study.hospital.name}`}
            </span>
          </td>
          <td className={page.nowrap}>{moment(study.received_at)}</td>
          <td className={page.nowrap}>{images(study)}</td>
          <td>
            {study.state.text}
            {study.waits_for.map((text) => (
              <div key={text} className={page.dim}>
                {text}
              </div>
            ))}
          </td>
          <td>
            <Result study={study} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
