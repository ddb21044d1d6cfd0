import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { workApi } from "../../api/work";
import { moment } from "../../app/format";
import { useReader } from "../../app/session";
import { Answered } from "../../ui/Answered";
import { Notice } from "../../ui/Notice";
import page from "../../ui/page.module.css";
import { Table } from "../../ui/Table";
import { Centre } from "./Centre";
import { bytes } from "./figures";
import { HeldDialog } from "./HeldDialog";
import { StudyCell } from "./StudyCell";

const HELD = ["quarantine"];

/** Images that came again under the same UID with other content: a person decides which are served. */
export function QuarantinePage(): ReactElement {
  const { t } = useTranslation();
  return (
    <Centre title={t("centre.tabs.quarantine")}>
      <Held />
    </Centre>
  );
}

function Held(): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const queries = useQueryClient();
  const asked = useQuery({
    queryKey: [...HELD, reader.user.language],
    queryFn: ({ signal }) => workApi.quarantine(signal),
    enabled: !reader.locked,
  });
  const [looked, setLooked] = useState<number | null>(null);
  const [told, setTold] = useState<string | null>(null);
  const decided = async (text: string): Promise<void> => {
    setLooked(null);
    setTold(text);
    await queries.invalidateQueries({ queryKey: HELD });
  };
  const heads = [t("centre.instance"), t("centre.hospital"), t("centre.study"), t("centre.receivedAt"), t("centre.why"), t("centre.acts")];
  return (
    <>
      <p className={page.hint}>{t("centre.quarantineMeans")}</p>
      {told !== null && <Notice tone="told">{told}</Notice>}
      <Answered asked={asked} isEmpty={(view) => view.items.length === 0} empty={<p>{t("centre.nothingHeld")}</p>}>
        {(view) => (
          <Table caption={t("centre.tabs.quarantine")} heads={heads}>
            {view.items.map((held) => (
              <tr key={held.id}>
                <th scope="row">
                  {held.sop_class}
                  <br />
                  <span className={page.dim}>{bytes(held.size_bytes)}</span>
                </th>
                <td>{held.hospital.name}</td>
                <StudyCell study={held.study} uid={held.study_instance_uid} />
                <td className={page.nowrap}>{moment(held.received_at)}</td>
                <td>{held.reason}</td>
                <td>
                  <button className={page.link} onClick={() => setLooked(held.id)}>
                    {t("centre.look")}
                  </button>
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Answered>
      {looked !== null && <HeldDialog id={looked} onDecided={decided} onClose={() => setLooked(null)} />}
    </>
  );
}
