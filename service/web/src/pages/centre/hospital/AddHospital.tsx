import { type FormEvent, type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { type HospitalView, hospitalsApi, type NewHospital, type Release, RELEASES } from "../../../api/hospitals";
import { inWords } from "../../../api/problems";
import { CheckField } from "../../../ui/CheckField";
import controls from "../../../ui/controls.module.css";
import { Dialog } from "../../../ui/Dialog";
import { Notice } from "../../../ui/Notice";
import page from "../../../ui/page.module.css";
import { SelectField } from "../../../ui/SelectField";
import { TextField } from "../../../ui/TextField";
import { useAct } from "../../../ui/useAct";
import { listed } from "../figures";
import { PACS, PacsFields, pacsOf } from "./PeerFields";

export interface Added {
  hospital: HospitalView;
  api_key: string;
  webhook_secret: string | null;
}

interface Props {
  packages: string[];
  onAdded: (added: Added) => Promise<void>;
  onClose: () => void;
}

const EMPTY = { name: "", calling: "", called: "", networks: "", url: "" };

/** Lets a hospital in: who sends, what reads it, where results go. The rest is set up on its own page. */
export function AddHospital({ packages, onAdded, onClose }: Props): ReactElement {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(EMPTY);
  const [pacs, setPacs] = useState(PACS);
  const [release, setRelease] = useState<Release>("never");
  const [asked, setAsked] = useState<string[]>([]);
  const { isBusy, fault, run } = useAct();
  const set = (change: Partial<typeof EMPTY>): void => setDraft((known) => ({ ...known, ...change }));
  const isReady = draft.name.trim() !== "" && draft.calling.trim() !== "" && draft.called.trim() !== "";
  const body = (): NewHospital => ({
    name: draft.name.trim(),
    language: "zh-CN",
    sender: { calling_ae: draft.calling.trim(), called_ae: draft.called.trim(), networks: listed(draft.networks) },
    packages: asked.map((each) => ({ package: each, modalities: [], mode: "concurrent" })),
    release,
    pacs: pacs.host.trim() === "" ? null : pacsOf(pacs),
    webhook: draft.url.trim() === "" ? null : { channel: "his", url: draft.url.trim() },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isBusy && isReady) void run(async () => onAdded(await hospitalsApi.add(body())));
  };
  return (
    <Dialog title={t("hospital.add")} onClose={onClose}>
      <form className={page.form} onSubmit={submit} noValidate>
        <TextField label={t("hospital.name")} value={draft.name} onChange={(name) => set({ name })} autoComplete="off" maxLength={64} />
        <fieldset className={page.group}>
          <legend>{t("hospital.sender")}</legend>
          <div className={page.columns}>
            <TextField
              label={t("hospital.callingAe")}
              value={draft.calling}
              onChange={(calling) => set({ calling })}
              autoComplete="off"
              maxLength={16}
            />
            <TextField
              label={t("hospital.calledAe")}
              value={draft.called}
              onChange={(called) => set({ called })}
              autoComplete="off"
              maxLength={16}
            />
            <TextField
              label={t("hospital.networks")}
              value={draft.networks}
              onChange={(networks) => set({ networks })}
              autoComplete="off"
            />
          </div>
          <p className={page.hint}>{t("hospital.senderHint")}</p>
        </fieldset>
        <fieldset className={page.group}>
          <legend>{t("hospital.packages")}</legend>
          {packages.length === 0 && <p className={page.hint}>{t("centre.noPackages")}</p>}
          <div className={page.checks}>
            {packages.map((each) => (
              <CheckField
                key={each}
                label={each}
                isChecked={asked.includes(each)}
                onChange={(isChecked) => setAsked(isChecked ? [...asked, each] : asked.filter((one) => one !== each))}
              />
            ))}
          </div>
        </fieldset>
        <fieldset className={page.group}>
          <legend>{t("hospital.peers")}</legend>
          <PacsFields draft={pacs} onChange={setPacs} />
          <TextField label={t("hospital.url")} value={draft.url} onChange={(url) => set({ url })} autoComplete="off" maxLength={2048} />
          <SelectField
            label={t("hospital.release")}
            value={release}
            onChange={(chosen) => setRelease(RELEASES.find((each) => each === chosen) ?? "never")}
          >
            {RELEASES.map((each) => (
              <option key={each} value={each}>
                {t(`hospital.releases.${each}`)}
              </option>
            ))}
          </SelectField>
        </fieldset>
        {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
        <div className={`${page.acts} ${page.end}`}>
          <button type="button" className={controls.button} onClick={onClose}>
            {t("places.cancel")}
          </button>
          <button className={`${controls.button} ${controls.primary}`} disabled={isBusy || !isReady}>
            {t("hospital.add")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
