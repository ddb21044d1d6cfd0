import { type FormEvent, type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { hospitalsApi, type PeerBody, type PeerView } from "../../../api/hospitals";
import { inWords } from "../../../api/problems";
import controls from "../../../ui/controls.module.css";
import { Dialog } from "../../../ui/Dialog";
import { Notice } from "../../../ui/Notice";
import page from "../../../ui/page.module.css";
import { TextField } from "../../../ui/TextField";
import { useAct } from "../../../ui/useAct";
import { CompanionFields, PACS, pacsDraftOf, PacsFields, pacsOf } from "./PeerFields";

interface Props {
  hospital: string;
  /** Null: a new one. */
  peer: PeerView | null;
  channel: "pacs" | "his";
  onDone: (webhookSecret: string | null) => Promise<void>;
  onClose: () => void;
}

/** A PACS or a webhook: where it is. What waits for it goes to the new address. */
export function PeerDialog({ hospital, peer, channel, onDone, onClose }: Props): ReactElement {
  const { t } = useTranslation();
  const [pacs, setPacs] = useState(() => (peer === null ? PACS : pacsDraftOf(peer)));
  const [url, setUrl] = useState(peer?.url ?? "");
  const { isBusy, fault, run } = useAct();
  const body: PeerBody = channel === "pacs" ? pacsOf(pacs) : { channel, url: url.trim() };
  const isReady = body.channel === "pacs" ? body.host !== "" && body.ae_title !== "" : body.url !== "";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isBusy || !isReady) return;
    void run(async () => {
      if (peer === null) return onDone((await hospitalsApi.addPeer(hospital, body)).webhook_secret);
      await hospitalsApi.changePeer(hospital, peer.id, body);
      return onDone(null);
    });
  };
  return (
    <Dialog title={channel === "pacs" ? t("hospital.pacs") : t("hospital.webhook")} onClose={onClose}>
      <form className={page.form} onSubmit={submit} noValidate>
        {channel === "pacs" ? (
          <>
            <PacsFields draft={pacs} onChange={setPacs} />
            <CompanionFields draft={pacs} onChange={setPacs} />
          </>
        ) : (
          <TextField label={t("hospital.url")} value={url} onChange={setUrl} autoComplete="off" maxLength={2048} />
        )}
        {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
        <div className={`${page.acts} ${page.end}`}>
          <button type="button" className={controls.button} onClick={onClose}>
            {t("places.cancel")}
          </button>
          <button className={`${controls.button} ${controls.primary}`} disabled={isBusy || !isReady}>
            {t("hospital.save")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
