import { type FormEvent, type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { FINALISING, type HospitalChange, type HospitalView, type Release, RELEASES } from "../../../api/hospitals";
import page from "../../../ui/page.module.css";
import { SelectField } from "../../../ui/SelectField";
import { TextField } from "../../../ui/TextField";
import { SaveRow } from "./SaveRow";
import { type Part, useSave } from "./shared";

const MINUTE_S = 60;

/** Name and language, what may be released when, who audits, the clocks. */
export function General(part: Part): ReactElement {
  const { hospital } = part;
  const { t } = useTranslation();
  const act = useSave(part);
  const [change, setChange] = useState<HospitalChange>({});
  const [quiet, setQuiet] = useState(hospital.quiet_s === null ? "" : String(hospital.quiet_s));
  const [targets, setTargets] = useState(() => minutesOf(hospital));
  const set = (more: HospitalChange): void => setChange((known) => ({ ...known, ...more }));
  const release = change.release ?? hospital.release;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void act.save(change);
  };
  const setTarget = (word: string, text: string): void => {
    const next = { ...targets, [word]: text.replace(/\D/g, "") };
    setTargets(next);
    const own = Object.entries(next).filter(([, minutes]) => minutes !== "");
    set({ targets_s: Object.fromEntries(own.map(([each, minutes]) => [each, Number(minutes) * MINUTE_S])) });
  };
  return (
    <form className={page.card} onSubmit={submit} noValidate>
      <h2>{t("hospital.general")}</h2>
      <div className={page.columns}>
        <TextField
          label={t("hospital.name")}
          value={change.name ?? hospital.name}
          onChange={(name) => set({ name })}
          autoComplete="off"
          maxLength={64}
        />
        <SelectField
          label={t("hospital.language")}
          value={change.language ?? hospital.language}
          onChange={(language) => set({ language: language === "en" ? "en" : "zh-CN" })}
        >
          <option value="zh-CN">{t("languages.zh-CN")}</option>
          <option value="en">{t("languages.en")}</option>
        </SelectField>
        <ReleaseField
          label={t("hospital.releasePacs")}
          value={release.pacs}
          onChange={(pacs) => set({ release: { ...release, pacs } })}
        />
        <ReleaseField
          label={t("hospital.releaseHis")}
          value={release.his}
          onChange={(his) => set({ release: { ...release, his } })}
        />
        <TextField
          label={t("hospital.quiet")}
          value={quiet}
          onChange={(text) => {
            setQuiet(text);
            set({ quiet_s: text.trim() === "" ? null : Number(text) });
          }}
          autoComplete="off"
          inputMode="numeric"
          maxLength={8}
        />
      </div>
      <SelectField
        label={t("hospital.finalising")}
        value={change.finalising ?? hospital.finalising}
        onChange={(chosen) => set({ finalising: FINALISING.find((each) => each === chosen) ?? "audit" })}
      >
        {FINALISING.map((each) => (
          <option key={each} value={each}>
            {t(`hospital.finalisings.${each}`)}
          </option>
        ))}
      </SelectField>
      <fieldset className={page.group}>
        <legend>{t("hospital.targets")}</legend>
        <div className={page.columns}>
          {hospital.targets.map((target) => (
            <TextField
              key={target.exam_class.word}
              label={t("hospital.target", { exam: target.exam_class.text, minutes: target.default_s / MINUTE_S })}
              value={targets[target.exam_class.word] ?? ""}
              onChange={(text) => setTarget(target.exam_class.word, text)}
              autoComplete="off"
              inputMode="numeric"
              maxLength={6}
            />
          ))}
        </div>
      </fieldset>
      <SaveRow part={part} act={act} isChanged={Object.keys(change).length > 0} />
    </form>
  );
}

function ReleaseField(props: { label: string; value: Release; onChange: (release: Release) => void }): ReactElement {
  const { t } = useTranslation();
  return (
    <SelectField
      label={props.label}
      value={props.value}
      onChange={(chosen) => props.onChange(RELEASES.find((each) => each === chosen) ?? "never")}
    >
      {RELEASES.map((each) => (
        <option key={each} value={each}>
          {t(`hospital.releases.${each}`)}
        </option>
      ))}
    </SelectField>
  );
}

/** The hospital's own targets in minutes, by exam class; empty where the centre's default counts. */
function minutesOf(hospital: HospitalView): Record<string, string> {
  return Object.fromEntries(
    hospital.targets.map(({ exam_class, own_s }) => [exam_class.word, own_s === null ? "" : String(own_s / MINUTE_S)]),
  );
}
