import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { type Companion, COMPANIONS, type PeerBody, type PeerView } from "../../../api/hospitals";
import { CheckField } from "../../../ui/CheckField";
import page from "../../../ui/page.module.css";
import { TextField } from "../../../ui/TextField";

export interface PacsDraft {
  host: string;
  port: string;
  ae_title: string;
  calling_ae: string;
  companions: Companion[];
}

/** As the centre gives a PACS where nobody chose. */
export const PACS: PacsDraft = { host: "", port: "104", ae_title: "", calling_ae: "", companions: ["pdf", "key-images"] };

export function pacsDraftOf(peer: PeerView): PacsDraft {
  const { host, port, ae_title, calling_ae, companions } = peer;
  const address = { host: host ?? "", port: String(port ?? ""), ae_title: ae_title ?? "", calling_ae: calling_ae ?? "" };
  return { ...address, companions };
}

/** As it is sent; a port that is no number is refused by the centre in words. */
export function pacsOf(draft: PacsDraft): Extract<PeerBody, { channel: "pacs" }> {
  const calling = draft.calling_ae.trim();
  const port = Number.parseInt(draft.port, 10);
  return {
    channel: "pacs",
    host: draft.host.trim(),
    port: Number.isNaN(port) ? 0 : port,
    ae_title: draft.ae_title.trim(),
    calling_ae: calling === "" ? null : calling,
    companions: draft.companions,
  };
}

/** What a PACS is given beside SR and SEG: for systems that show neither. */
export function CompanionFields({ draft, onChange }: { draft: PacsDraft; onChange: (draft: PacsDraft) => void }): ReactElement {
  const { t } = useTranslation();
  const { companions } = draft;
  return (
    <fieldset className={page.group}>
      <legend>{t("hospital.companions")}</legend>
      {COMPANIONS.map((each) => (
        <CheckField
          key={each}
          label={t(`hospital.companion.${each}`)}
          hint={t(`hospital.companionHint.${each}`)}
          isChecked={companions.includes(each)}
          onChange={(isChecked) =>
            onChange({ ...draft, companions: isChecked ? [...companions, each] : companions.filter((one) => one !== each) })
          }
        />
      ))}
    </fieldset>
  );
}

/** Where a PACS listens, and as whom it is called. */
export function PacsFields({ draft, onChange }: { draft: PacsDraft; onChange: (draft: PacsDraft) => void }): ReactElement {
  const { t } = useTranslation();
  return (
    <div className={page.columns}>
      <TextField
        label={t("hospital.pacsHost")}
        value={draft.host}
        onChange={(host) => onChange({ ...draft, host })}
        autoComplete="off"
        maxLength={253}
      />
      <TextField
        label={t("hospital.port")}
        value={draft.port}
        onChange={(port) => onChange({ ...draft, port: port.replace(/\D/g, "") })}
        autoComplete="off"
        inputMode="numeric"
        maxLength={5}
      />
      <TextField
        label={t("hospital.pacsAe")}
        value={draft.ae_title}
        onChange={(ae_title) => onChange({ ...draft, ae_title })}
        autoComplete="off"
        maxLength={16}
      />
      <TextField
        label={t("hospital.callingAs")}
        value={draft.calling_ae}
        onChange={(calling_ae) => onChange({ ...draft, calling_ae })}
        autoComplete="off"
        maxLength={16}
      />
    </div>
  );
}
