import { useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { type HospitalView, hospitalsApi } from "../../../api/hospitals";
import { inWords } from "../../../api/problems";
import { moment } from "../../../app/format";
import { Confirm } from "../../../ui/Confirm";
import controls from "../../../ui/controls.module.css";
import { Notice } from "../../../ui/Notice";
import page from "../../../ui/page.module.css";
import { ShownOnce } from "../../../ui/ShownOnce";
import { Table } from "../../../ui/Table";
import { Tag } from "../../../ui/Tag";
import { useAct } from "../../../ui/useAct";
import { hospitalKey } from "./shared";

/** Keys of the hospital's systems. A key is said once; to replace one, issue another, then end the first. */
export function Keys({ hospital }: { hospital: HospitalView }): ReactElement {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [issued, setIssued] = useState<string | null>(null);
  const [ending, setEnding] = useState<string | null>(null);
  const { isBusy, fault, run } = useAct();
  const again = (): Promise<void> => queries.invalidateQueries({ queryKey: hospitalKey(hospital.id) });
  const issue = async (): Promise<void> => {
    setIssued((await hospitalsApi.addKey(hospital.id)).api_key);
    await again();
  };
  return (
    <section className={page.card}>
      <h2>{t("hospital.keys")}</h2>
      <p>{t("hospital.keysHint")}</p>
      {hospital.keys.length > 0 && (
        <Table caption={t("hospital.keys")} heads={[t("hospital.key"), t("hospital.issuedAt"), t("centre.state"), t("centre.acts")]}>
          {hospital.keys.map((key) => (
            <tr key={key.id}>
              <th scope="row" className={page.mono}>
                {key.id}
              </th>
              <td className={page.nowrap}>{moment(key.created_at)}</td>
              <td>
                {key.revoked_at === null ? (
                  <Tag tone="ok">{t("hospital.inForce")}</Tag>
                ) : (
                  <Tag tone="off">{t("hospital.endedAt", { at: moment(key.revoked_at) })}</Tag>
                )}
              </td>
              <td>
                {key.revoked_at === null && (
                  <button className={page.link} onClick={() => setEnding(key.id)}>
                    {t("hospital.endKey")}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
      <div className={page.acts}>
        <button className={controls.button} disabled={isBusy} onClick={() => void run(issue)}>
          {t("hospital.issueKey")}
        </button>
      </div>
      {issued !== null && (
        <ShownOnce
          title={t("hospital.apiKey")}
          hint={t("hospital.keyHint")}
          secrets={[{ label: t("hospital.apiKey"), secret: issued }]}
          onClose={() => setIssued(null)}
        />
      )}
      {ending !== null && (
        <Confirm
          title={t("hospital.endKey")}
          typed={ending}
          act={t("hospital.endKey")}
          onAct={() => hospitalsApi.revokeKey(hospital.id, ending).then(again)}
          onClose={() => setEnding(null)}
        >
          <p>{t("hospital.endKeyMeans")}</p>
        </Confirm>
      )}
    </section>
  );
}
