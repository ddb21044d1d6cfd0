import { type FormEvent, type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { hospitalsApi, type NewNoticeRule, type NoticeConcept } from "../../../api/hospitals";
import { inWords } from "../../../api/problems";
import controls from "../../../ui/controls.module.css";
import { Dialog } from "../../../ui/Dialog";
import { Notice } from "../../../ui/Notice";
import page from "../../../ui/page.module.css";
import { SelectField } from "../../../ui/SelectField";
import { TextField } from "../../../ui/TextField";
import { useAct } from "../../../ui/useAct";

interface Props {
  hospital: string;
  concepts: NoticeConcept[];
  onDone: () => Promise<void>;
  onClose: () => void;
}

const MINUTE_S = 60;
const EMPTY = { place: "0", size_mm: "", contact: "", escalation: "", minutes: "10" };

export function NoticeRuleDialog({ hospital, concepts, onDone, onClose }: Props): ReactElement {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(EMPTY);
  const { isBusy, fault, run } = useAct();
  const set = (change: Partial<typeof EMPTY>): void => setDraft((known) => ({ ...known, ...change }));
  const concept = concepts[Number(draft.place)];
  const isReady = draft.contact.trim() !== "" && draft.escalation.trim() !== "" && draft.minutes !== "";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isBusy || !isReady || concept === undefined) return;
    const { value, scheme, meaning } = concept;
    const rule: NewNoticeRule = {
      concept: { value, scheme, meaning },
      least_long_axis_mm: draft.size_mm.trim() === "" ? null : Number(draft.size_mm),
      contact: draft.contact.trim(),
      escalation_contact: draft.escalation.trim(),
      deadline_s: Number(draft.minutes) * MINUTE_S,
    };
    void run(() => hospitalsApi.addNoticeRule(hospital, rule).then(onDone));
  };
  return (
    <Dialog title={t("hospital.addNotice")} onClose={onClose}>
      <form className={page.form} onSubmit={submit} noValidate>
        <div className={page.columns}>
          <SelectField label={t("hospital.finding")} value={draft.place} onChange={(place) => set({ place })}>
            {concepts.map((each, place) => (
              <option key={`${each.scheme} ${each.value}`} value={place}>
                {each.text}
              </option>
            ))}
          </SelectField>
          <TextField
            label={t("hospital.size")}
            value={draft.size_mm}
            onChange={(size_mm) => set({ size_mm: size_mm.replace(/[^\d.]/g, "") })}
            autoComplete="off"
            maxLength={6}
          />
          <TextField
            label={t("hospital.contact")}
            value={draft.contact}
            onChange={(contact) => set({ contact })}
            autoComplete="off"
            maxLength={120}
          />
          <TextField
            label={t("hospital.escalation")}
            value={draft.escalation}
            onChange={(escalation) => set({ escalation })}
            autoComplete="off"
            maxLength={120}
          />
          <TextField
            label={t("hospital.deadlineMinutes")}
            value={draft.minutes}
            onChange={(minutes) => set({ minutes: minutes.replace(/\D/g, "") })}
            autoComplete="off"
            inputMode="numeric"
            maxLength={4}
          />
        </div>
        {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
        <div className={`${page.acts} ${page.end}`}>
          <button type="button" className={controls.button} onClick={onClose}>
            {t("places.cancel")}
          </button>
          <button className={`${controls.button} ${controls.primary}`} disabled={isBusy || !isReady}>
            {t("hospital.addNotice")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
