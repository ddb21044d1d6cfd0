import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { type HospitalView, hospitalsApi } from "../../../api/hospitals";
import { useReader } from "../../../app/session";
import { Answered } from "../../../ui/Answered";
import controls from "../../../ui/controls.module.css";
import { Icon } from "../../../ui/icons";
import page from "../../../ui/page.module.css";
import { ShownOnce } from "../../../ui/ShownOnce";
import { Table } from "../../../ui/Table";
import { Tag } from "../../../ui/Tag";
import { Centre } from "../Centre";
import { type Added, AddHospital } from "./AddHospital";
import { HOSPITALS, useWhere } from "./shared";

/** The centre's customers. */
export function HospitalsPage(): ReactElement {
  const { t } = useTranslation();
  return (
    <Centre title={t("centre.tabs.hospitals")}>
      <Hospitals />
    </Centre>
  );
}

function Hospitals(): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const asked = useQuery({
    queryKey: [...HOSPITALS, reader.user.language],
    queryFn: ({ signal }) => hospitalsApi.everyone(signal),
    enabled: !reader.locked,
  });
  const [isAdding, setAdding] = useState(false);
  const [added, setAdded] = useState<Added | null>(null);
  const show = async (taken: Added): Promise<void> => {
    setAdding(false);
    setAdded(taken);
    await queries.invalidateQueries({ queryKey: HOSPITALS });
  };
  return (
    <>
      <div className={page.acts}>
        <button
          className={`${controls.button} ${controls.primary}`}
          disabled={asked.data === undefined}
          onClick={() => setAdding(true)}
        >
          <Icon name="plus" /> {t("hospital.add")}
        </button>
      </div>
      <Answered asked={asked} isEmpty={(view) => view.hospitals.length === 0} empty={<p>{t("hospital.none")}</p>}>
        {(view) => <List hospitals={view.hospitals} />}
      </Answered>
      {isAdding && asked.data !== undefined && (
        <AddHospital packages={asked.data.packages} onAdded={show} onClose={() => setAdding(false)} />
      )}
      {added !== null && (
        <ShownOnce
          title={t("hospital.added", { name: added.hospital.name })}
          hint={t("hospital.handOver")}
          secrets={[
            { label: t("hospital.apiKey"), secret: added.api_key },
            ...(added.webhook_secret === null ? [] : [{ label: t("hospital.webhookSecret"), secret: added.webhook_secret }]),
          ]}
          onClose={() => {
            setAdded(null);
            void navigate({ to: "/centre/hospitals/$hospital", params: { hospital: added.hospital.id } });
          }}
        />
      )}
    </>
  );
}

/** Both channels at once where they are alike. */
function Release({ release: { pacs, his } }: Pick<HospitalView, "release">): ReactElement {
  const { t } = useTranslation();
  if (pacs === his) return <>{t(`hospital.releases.${pacs}`)}</>;
  return (
    <>
      <div>{t("hospital.toPacs", { release: t(`hospital.releases.${pacs}`) })}</div>
      <div>{t("hospital.toHis", { release: t(`hospital.releases.${his}`) })}</div>
    </>
  );
}

function List({ hospitals }: { hospitals: HospitalView[] }): ReactElement {
  const { t } = useTranslation();
  const where = useWhere();
  const heads = [t("hospital.name"), t("hospital.senders"), t("hospital.packages"), t("hospital.peers"), t("hospital.release")];
  return (
    <Table caption={t("centre.tabs.hospitals")} heads={heads}>
      {hospitals.map((each) => (
        <tr key={each.id}>
          <th scope="row">
            <Link to="/centre/hospitals/$hospital" params={{ hospital: each.id }}>
              {each.name}
            </Link>
          </th>
          <td>
            {each.senders.map((sender) => (
              <div key={`${sender.calling_ae} ${sender.called_ae}`}>
                {t("hospital.calls", { calling: sender.calling_ae, called: sender.called_ae })}
              </div>
            ))}
          </td>
          <td>
            {each.packages.length === 0 && <span className={page.dim}>{t("hospital.noRules")}</span>}
            {each.packages.map((rule) => (
              <div key={rule.package}>
                {rule.is_here ? rule.package : <Tag tone="warned">{t("hospital.notHere", { package: rule.package })}</Tag>}
              </div>
            ))}
          </td>
          <td>
            {each.peers.length === 0 && <span className={page.dim}>{t("hospital.noPeers")}</span>}
            {each.peers.map((peer) => (
              <div key={peer.id}>{where(peer)}</div>
            ))}
          </td>
          <td>
            <Release release={each.release} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
