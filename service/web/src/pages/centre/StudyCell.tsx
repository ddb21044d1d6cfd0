import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { StudyBrief } from "../../api/work";
import { examLine } from "../../app/examLine";
import page from "../../ui/page.module.css";
import { Uid } from "../../ui/Uid";

/** What was examined and when, above the UID; of whom, an administrator does not learn. */
export function StudyCell({ study, uid }: { study: StudyBrief | null; uid: string }): ReactElement {
  const { t } = useTranslation();
  const words = study === null ? "" : examLine({ ...study, modality: study.modalities.join(", ") }, t);
  return (
    <td>
      {words !== "" && <div>{words}</div>}
      {study !== null && study.study_date !== null && <div className={page.dim}>{study.study_date}</div>}
      <Uid>{uid}</Uid>
    </td>
  );
}
