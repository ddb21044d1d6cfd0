import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../../api/problems";
import { FIELDS } from "../../../api/report";
import { type NewTemplate, templateCalls, type TemplateView } from "../../../api/templates";
import type { Language } from "../../../api/types";
import { useReader } from "../../../app/session";
import controls from "../../../ui/controls.module.css";
import { Dialog } from "../../../ui/Dialog";
import { Notice } from "../../../ui/Notice";
import { TextField } from "../../../ui/TextField";
import styles from "./report.module.css";

const BODY_PARTS = ["head", "neck", "spine", "chest", "heart", "breast", "abdomen", "pelvis", "limbs"] as const;

interface Editing {
  /** Null for a new one. */
  id: string | null;
  wording: NewTemplate;
}

/** A reader's own templates and phrases of one language, and what is shared; built-in ones are read, and copied to be changed. */
export function TemplatesDialog({ language, onClose }: { language: Language; onClose: () => void }): ReactElement {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [editing, setEditing] = useState<Editing | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const { data, error } = useQuery({ queryKey: ["templates", "all"], queryFn: ({ signal }) => templateCalls.all(signal) });
  const done = (act: Promise<unknown>): void => {
    setFault(null);
    act.then(() => {
      setEditing(null);
      return client.invalidateQueries({ queryKey: ["templates"] });
    }, setFault);
  };
  const fresh: NewTemplate = {
    kind: "phrase",
    language,
    name: "",
    shortcut: "",
    modality: "",
    body_part: "",
    exam: "",
    text: { findings: "", impression: "", advice: "" },
    is_shared: false,
    hospital: null,
  };
  const wrong = fault ?? error;
  return (
    <Dialog title={t("templates.title")} onClose={onClose}>
      <div className={styles.form}>
        {wrong !== null && <Notice tone="wrong">{inWords(wrong, t)}</Notice>}
        {editing === null ? (
          <>
            <div className={styles.acts}>
              <button className={`${controls.button} ${controls.primary}`} onClick={() => setEditing({ id: null, wording: fresh })}>
                {t("templates.new")}
              </button>
            </div>
            <ul className={styles.scroll} aria-label={t("templates.title")} tabIndex={0}>
              {data
                ?.filter((each) => each.language === language)
                .map((each) => (
                  <li key={each.id} className={styles.row}>
                    <span>
                      {each.shortcut !== "" && <code>/{each.shortcut}</code>} {each.name}
                      <span className={styles.small}> {t(`templates.origin.${each.origin}`)}</span>
                    </span>
                    <button
                      className={controls.button}
                      aria-label={t("templates.editNamed", { name: each.name })}
                      onClick={() => setEditing({ id: each.may_change ? each.id : null, wording: copied(each) })}
                    >
                      {each.may_change ? t("templates.edit") : t("templates.copy")}
                    </button>
                    {each.may_change && (
                      <button
                        className={controls.button}
                        aria-label={t("templates.removeNamed", { name: each.name })}
                        onClick={() => done(templateCalls.remove(each.id))}
                      >
                        {t("templates.remove")}
                      </button>
                    )}
                  </li>
                ))}
            </ul>
          </>
        ) : (
          <TemplateForm
            editing={editing}
            onChange={(wording) => setEditing({ ...editing, wording })}
            onSave={() => done(saved(editing))}
            onCancel={() => setEditing(null)}
          />
        )}
      </div>
    </Dialog>
  );
}

function copied({ kind, language, name, shortcut, modality, body_part, exam, text }: TemplateView): NewTemplate {
  return { kind, language, name, shortcut, modality, body_part, exam, text, is_shared: false, hospital: null };
}

function saved({ id, wording }: Editing): Promise<unknown> {
  if (id === null) return templateCalls.add(wording);
  const { kind, language, name, shortcut, modality, body_part, exam, text } = wording;
  return templateCalls.change(id, { kind, language, name, shortcut, modality, body_part, exam, text });
}

interface FormProps {
  editing: Editing;
  onChange: (wording: NewTemplate) => void;
  onSave: () => void;
  onCancel: () => void;
}

function TemplateForm({ editing: { id, wording }, onChange, onSave, onCancel }: FormProps): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const isPhrase = wording.kind === "phrase";
  const put = (change: Partial<NewTemplate>): void => onChange({ ...wording, ...change });
  const save = (event: FormEvent): void => {
    event.preventDefault();
    onSave();
  };
  return (
    <form className={styles.form} onSubmit={save}>
      <div className={styles.secrets}>
        <label>
          {t("templates.kind")}
          <select value={wording.kind} onChange={(event) => put({ kind: event.target.value as NewTemplate["kind"], shortcut: "" })}>
            <option value="phrase">{t("templates.phrase")}</option>
            <option value="template">{t("templates.template")}</option>
          </select>
        </label>
        <TextField label={t("templates.name")} value={wording.name} onChange={(name) => put({ name })} autoComplete="off" maxLength={80} />
        {isPhrase && (
          <TextField
            label={t("templates.shortcut")}
            value={wording.shortcut}
            onChange={(shortcut) => put({ shortcut })}
            autoComplete="off"
            maxLength={16}
          />
        )}
        <TextField
          label={t("templates.modality")}
          value={wording.modality}
          onChange={(modality) => put({ modality: modality.toUpperCase() })}
          autoComplete="off"
          maxLength={4}
        />
        <label>
          {t("templates.bodyPart")}
          <select value={wording.body_part} onChange={(event) => put({ body_part: event.target.value })}>
            <option value="">{t("templates.any")}</option>
            {BODY_PARTS.map((each) => (
              <option key={each} value={each}>
                {t(`templates.bodyParts.${each}`)}
              </option>
            ))}
          </select>
        </label>
        <TextField label={t("templates.exam")} value={wording.exam} onChange={(exam) => put({ exam })} autoComplete="off" maxLength={64} />
      </div>
      {FIELDS.filter((field) => !isPhrase || field === "findings").map((field) => (
        <label key={field}>
          {isPhrase ? t("templates.words") : t(`report.field.${field}`)}
          <textarea value={wording.text[field]} onChange={(event) => put({ text: { ...wording.text, [field]: event.target.value } })} />
        </label>
      ))}
      {!isPhrase && <p className={styles.small}>{t("templates.slot", { slot: "{findings|…}" })}</p>}
      {id === null && reader.user.rights.includes("audit-reports") && (
        <label>
          {t("templates.forWhom")}
          <select
            value={wording.is_shared ? (wording.hospital ?? "*") : ""}
            onChange={({ target: { value } }) => put({ is_shared: value !== "", hospital: value === "" || value === "*" ? null : value })}
          >
            <option value="">{t("templates.forMe")}</option>
            {reader.hospitals.map((each) => (
              <option key={each.id} value={each.id}>
                {each.name}
              </option>
            ))}
            <option value="*">{t("templates.forAll")}</option>
          </select>
        </label>
      )}
      <div className={styles.acts}>
        <button className={`${controls.button} ${controls.primary}`}>{t("templates.save")}</button>
        <button type="button" className={controls.button} onClick={onCancel}>
          {t("reason.cancel")}
        </button>
      </div>
    </form>
  );
}
