import { type FormEvent, type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import controls from "../../../ui/controls.module.css";
import page from "../../../ui/page.module.css";
import { TextField } from "../../../ui/TextField";
import { listed } from "../figures";
import { SaveRow } from "./SaveRow";
import { type Part, useSave } from "./shared";

interface SenderDraft {
  key: number;
  calling_ae: string;
  called_ae: string;
  networks: string;
}

/** By what the hospital's sending systems are known: titles and networks. */
export function Senders(part: Part): ReactElement {
  const { hospital } = part;
  const { t } = useTranslation();
  const act = useSave(part);
  const [drafts, setDrafts] = useState<SenderDraft[]>(() =>
    hospital.senders.map((each, key) => ({ ...each, key, networks: each.networks.join(", ") })),
  );
  const [isChanged, setChanged] = useState(false);
  const put = (next: SenderDraft[]): void => {
    setDrafts(next);
    setChanged(true);
  };
  const set = (key: number, change: Partial<SenderDraft>): void =>
    put(drafts.map((each) => (each.key === key ? { ...each, ...change } : each)));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const senders = drafts.map(({ calling_ae, called_ae, networks }) => ({
      calling_ae: calling_ae.trim(),
      called_ae: called_ae.trim(),
      networks: listed(networks),
    }));
    void act.save({ senders });
  };
  const fresh = Math.max(-1, ...drafts.map((each) => each.key)) + 1;
  return (
    <form className={page.card} onSubmit={submit} noValidate>
      <h2>{t("hospital.senders")}</h2>
      <p>{t("hospital.senderHint")}</p>
      {drafts.map((each, place) => (
        <fieldset key={each.key} className={page.group}>
          <legend>{t("hospital.senderNumber", { number: place + 1 })}</legend>
          <div className={page.columns}>
            <TextField
              label={t("hospital.callingAe")}
              value={each.calling_ae}
              onChange={(calling_ae) => set(each.key, { calling_ae })}
              autoComplete="off"
              maxLength={16}
            />
            <TextField
              label={t("hospital.calledAe")}
              value={each.called_ae}
              onChange={(called_ae) => set(each.key, { called_ae })}
              autoComplete="off"
              maxLength={16}
            />
            <TextField
              label={t("hospital.networks")}
              value={each.networks}
              onChange={(networks) => set(each.key, { networks })}
              autoComplete="off"
              maxLength={4096}
            />
          </div>
          <div className={page.acts}>
            <button type="button" className={page.link} onClick={() => put(drafts.filter((one) => one.key !== each.key))}>
              {t("hospital.removeSender", { number: place + 1 })}
            </button>
          </div>
        </fieldset>
      ))}
      <SaveRow part={part} act={act} isChanged={isChanged}>
        <button
          type="button"
          className={controls.button}
          onClick={() => put([...drafts, { key: fresh, calling_ae: "", called_ae: "", networks: "" }])}
        >
          {t("hospital.addSender")}
        </button>
      </SaveRow>
    </form>
  );
}
