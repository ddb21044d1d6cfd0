import { type ReactElement, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { TemplateView } from "../../../api/templates";
import type { Language } from "../../../api/types";
import { useKeys } from "../../../app/keyboard";
import controls from "../../../ui/controls.module.css";
import { Notice } from "../../../ui/Notice";
import type { ReportDraft } from "./draft";
import type { DraftState, DraftTemplate } from "./draftState";
import { freeText } from "./draftText";
import styles from "./report.module.css";
import { asDraft } from "./useTemplates";

const LANGUAGES: readonly Language[] = ["zh-CN", "en"];

interface Props {
  draft: ReportDraft;
  state: DraftState;
  templates: readonly TemplateView[];
  onSpeak: (language: Language) => void;
  onManage: () => void;
}

/** The template a report is begun with, and its language. What was edited is not replaced unasked. */
export function TemplatePicker({ draft, state, templates, onSpeak, onManage }: Props): ReactElement {
  const { t } = useTranslation();
  const select = useRef<HTMLSelectElement>(null);
  const [asked, setAsked] = useState<DraftTemplate | null>(null);
  useKeys({ reportTemplate: () => select.current?.focus() });
  const take = (template: DraftTemplate): void => {
    setAsked(null);
    draft.use(template);
  };
  const choose = (id: string): void => {
    const found = templates.find((each) => each.id === id);
    const template = found === undefined ? freeText(state.language) : asDraft(found);
    if (draft.isUnedited) take(template);
    else setAsked(template);
  };
  const isKnown = templates.some((each) => each.id === state.template);
  return (
    <>
      <div className={styles.bar}>
        <label className={styles.picker}>
          <span className={styles.small}>{t("templates.template")}</span>
          <select ref={select} value={isKnown ? state.template : ""} onChange={(event) => choose(event.target.value)}>
            {templates
              .filter((each) => each.kind === "template")
              .map((each) => (
                <option key={each.id} value={each.id}>
                  {each.origin === "built-in" ? each.name : t("templates.named", { name: each.name, origin: t(`templates.origin.${each.origin}`) })}
                </option>
              ))}
            <option value="">{t("templates.free")}</option>
          </select>
        </label>
        <label className={styles.picker}>
          <span className={styles.small}>{t("report.language")}</span>
          <select value={state.language} onChange={(event) => onSpeak(event.target.value === "en" ? "en" : "zh-CN")}>
            {LANGUAGES.map((each) => (
              <option key={each} value={each} lang={each}>
                {t(`languages.${each}`)}
              </option>
            ))}
          </select>
        </label>
        <button className={`${controls.button} ${controls.quiet}`} onClick={onManage}>
          {t("templates.manage")}
        </button>
      </div>
      {asked !== null && (
        <Notice tone="warned">
          {t("templates.replaces")}
          <div className={styles.acts}>
            <button className={controls.button} onClick={() => take(asked)}>
              {t("templates.replace")}
            </button>
            <button className={controls.button} onClick={() => setAsked(null)}>
              {t("report.keepMine")}
            </button>
          </div>
        </Notice>
      )}
    </>
  );
}
