import { type ReactElement, type RefObject, useState } from "react";
import { useTranslation } from "react-i18next";

import { FIELDS, type Field as FieldName } from "../../../api/report";
import type { FindingView } from "../../../api/reading";
import type { TemplateView } from "../../../api/templates";
import { useKeys } from "../../../app/keyboard";
import { useReader } from "../../../app/session";
import controls from "../../../ui/controls.module.css";
import { Notice } from "../../../ui/Notice";
import type { ReportDraft } from "./draft";
import type { DraftState, Standing } from "./draftState";
import { Field } from "./Field";
import { expand } from "./phrases";
import styles from "./report.module.css";
import { at } from "./time";

interface Props {
  phrases: readonly TemplateView[];
  draft: ReportDraft;
  state: DraftState;
  standing: readonly Standing[];
  findings: readonly FindingView[];
  input: RefObject<HTMLTextAreaElement | null>;
  /** Back to the images: keys are keys again. */
  onLeave: () => void;
}

/** The three parts of a report to write in, and what has to be decided about them. */
export function Editor({ phrases, draft, state, standing, findings, input, onLeave }: Props): ReactElement {
  const { t } = useTranslation();
  const [isTyping, setTyping] = useState(false);
  useKeys(isTyping ? { close: onLeave } : {});
  const own = new Set(findings.filter((each) => each.state.word !== "accepted").map((each) => each.tracking_uid));
  const field = (name: FieldName): ReactElement => (
    <Field
      key={name}
      label={t(`report.field.${name}`)}
      part={name === "advice" ? { text: state.advice, spans: [], normal: "" } : state[name]}
      language={state.language}
      standing={standing}
      own={own}
      isTall={name === "findings"}
      {...(name === "findings" ? { input } : {})}
      onType={(text) => draft.type(name, text)}
      onKey={(event) => {
        if (event.code !== "Space" || event.nativeEvent.isComposing) return;
        if (expand(event.currentTarget, phrases)) event.preventDefault();
      }}
      onFocus={() => setTyping(true)}
      onBlur={() => {
        setTyping(false);
        void draft.save();
      }}
    />
  );
  return (
    <>
      {(state.changedBy !== null || state.toCheck.length > 0) && (
        <Notice tone="warned">
          {state.changedBy !== null && <p>{t("report.changedBy", { name: state.changedBy })}</p>}
          {state.toCheck.length > 0 && <p>{t("report.toCheck")}</p>}
          <div className={styles.acts}>
            <button className={controls.button} onClick={() => draft.dismissChecks()}>
              {t("report.understood")}
            </button>
          </div>
        </Notice>
      )}
      {state.offers.map((each) => (
        <OfferNotice
          key={`${each.field} ${each.offer.span.owner}`}
          number={findings.find((one) => one.tracking_uid === each.offer.span.owner)?.number ?? 0}
          offered={each}
          draft={draft}
        />
      ))}
      {FIELDS.map(field)}
    </>
  );
}

function OfferNotice(props: { number: number; offered: DraftState["offers"][number]; draft: ReportDraft }): ReactElement {
  const { t } = useTranslation();
  const { number, offered, draft } = props;
  const { kind, words, now } = offered.offer;
  return (
    <Notice tone="warned">
      <p>{kind === "left" ? t("report.offerLeft", { number }) : t("report.offerDiffers", { number })}</p>
      <p className={styles.quote}>{kind === "left" ? words : now}</p>
      <div className={styles.acts}>
        <button className={controls.button} onClick={() => draft.accept(offered)}>
          {kind === "left" ? t("report.remove") : t("report.replace")}
        </button>
        <button className={controls.button} onClick={() => draft.decline(offered)}>
          {t("report.keepMine")}
        </button>
      </div>
    </Notice>
  );
}

/** How the draft stands, in words; `role="status"` tells it to who does not see. */
export function Stand({ state }: { state: DraftState }): ReactElement {
  const { t } = useTranslation();
  const { language } = useReader().user;
  const { phase, isSaving } = state;
  const words = (): string => {
    if (isSaving) return t("report.saving");
    if (phase.kind === "proposed") return t("report.notBegun");
    return phase.kind === "saved" ? t("report.saved", { at: at(phase.at, language) }) : t("report.unsaved");
  };
  return (
    <span className={styles.stand} role="status">
      {words()}
    </span>
  );
}
