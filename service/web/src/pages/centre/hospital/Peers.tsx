import { useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { type HospitalView, hospitalsApi, type PeerView } from "../../../api/hospitals";
import { Confirm } from "../../../ui/Confirm";
import controls from "../../../ui/controls.module.css";
import page from "../../../ui/page.module.css";
import { ShownOnce } from "../../../ui/ShownOnce";
import { Table } from "../../../ui/Table";
import { ConnectionTest } from "./ConnectionTest";
import { PeerDialog } from "./PeerDialog";
import { hospitalKey, HOSPITALS, useWhere } from "./shared";

type Asked =
  | { kind: "new"; channel: "pacs" | "his" }
  | { kind: "change"; peer: PeerView }
  | { kind: "remove" | "secret"; peer: PeerView };

/** Where results go, and whether they would arrive there. */
export function Peers({ hospital }: { hospital: HospitalView }): ReactElement {
  const { t } = useTranslation();
  const where = useWhere();
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const changed = async (webhookSecret: string | null): Promise<void> => {
    setAsked(null);
    setSecret(webhookSecret);
    await queries.invalidateQueries({ queryKey: hospitalKey(hospital.id) });
    await queries.invalidateQueries({ queryKey: HOSPITALS });
  };
  return (
    <section className={page.card}>
      <h2>{t("hospital.peers")}</h2>
      {hospital.peers.length === 0 ? (
        <p>{t("hospital.noPeersHint")}</p>
      ) : (
        <Table caption={t("hospital.peers")} heads={[t("centre.channel"), t("centre.where"), t("centre.acts")]}>
          {hospital.peers.map((peer) => (
            <tr key={peer.id}>
              <th scope="row">{t(`centre.channels.${peer.channel}`)}</th>
              <td>
                {where(peer)}
                {peer.calling_ae !== null && <div className={page.dim}>{t("hospital.calledAs", { ae: peer.calling_ae })}</div>}
                {peer.channel === "pacs" && (
                  <div className={page.dim}>
                    {t("hospital.given", {
                      documents:
                        peer.companions.map((each) => t(`hospital.companion.${each}`)).join(t("hospital.between")) ||
                        t("hospital.nothingBeside"),
                    })}
                  </div>
                )}
              </td>
              <td>
                <div className={page.acts}>
                  <button className={page.link} onClick={() => setAsked({ kind: "change", peer })}>
                    {t("users.change")}
                  </button>
                  {peer.channel === "his" && (
                    <button className={page.link} onClick={() => setAsked({ kind: "secret", peer })}>
                      {t("hospital.renewSecret")}
                    </button>
                  )}
                  <button className={page.link} onClick={() => setAsked({ kind: "remove", peer })}>
                    {t("hospital.removePeer")}
                  </button>
                </div>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <div className={page.acts}>
        <button className={controls.button} onClick={() => setAsked({ kind: "new", channel: "pacs" })}>
          {t("hospital.addPacs")}
        </button>
        <button className={controls.button} onClick={() => setAsked({ kind: "new", channel: "his" })}>
          {t("hospital.addWebhook")}
        </button>
      </div>
      <ConnectionTest hospital={hospital.id} />
      {asked !== null && <Act hospital={hospital} asked={asked} onChanged={changed} onClose={() => setAsked(null)} />}
      {secret !== null && (
        <ShownOnce
          title={t("hospital.webhookSecret")}
          hint={t("hospital.secretHint")}
          secrets={[{ label: t("hospital.webhookSecret"), secret }]}
          onClose={() => setSecret(null)}
        />
      )}
    </section>
  );
}

interface ActProps {
  hospital: HospitalView;
  asked: Asked;
  onChanged: (webhookSecret: string | null) => Promise<void>;
  onClose: () => void;
}

function Act({ hospital, asked, onChanged, onClose }: ActProps): ReactElement {
  const { t } = useTranslation();
  const where = useWhere();
  const dialog = { hospital: hospital.id, onDone: onChanged, onClose };
  if (asked.kind === "new") return <PeerDialog {...dialog} peer={null} channel={asked.channel} />;
  if (asked.kind === "change") return <PeerDialog {...dialog} peer={asked.peer} channel={asked.peer.channel} />;
  const { peer, kind } = asked;
  const act = async (): Promise<void> => {
    if (kind === "secret") return onChanged((await hospitalsApi.renewSecret(hospital.id, peer.id)).webhook_secret);
    await hospitalsApi.removePeer(hospital.id, peer.id);
    return onChanged(null);
  };
  return (
    <Confirm
      title={kind === "secret" ? t("hospital.renewSecret") : t("hospital.removePeer")}
      typed={hospital.name}
      act={kind === "secret" ? t("hospital.renewSecret") : t("hospital.removePeer")}
      onAct={act}
      onClose={onClose}
    >
      <p>{where(peer)}</p>
      <p>{kind === "secret" ? t("hospital.renewSecretMeans") : t("hospital.removePeerMeans")}</p>
    </Confirm>
  );
}
