import type { ReactElement, RefObject } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../../api/problems";
import type { ReadingView } from "../../../api/reading";
import controls from "../../../ui/controls.module.css";
import { Notice } from "../../../ui/Notice";
import { Aside } from "./Aside";
import { former } from "./AuditDialog";
import { Editor, Stand } from "./Editor";
import { KeyImagePictures, type KeyImagePicturesProps } from "./KeyImagePictures";
import { PhaseNotice } from "./PhaseNotice";
import styles from "./report.module.css";
import { Settled } from "./Settled";
import { TemplatePicker } from "./TemplatePicker";
import { standingOf } from "./useDraft";
import type { Report } from "./useReport";

interface Props {
  view: ReadingView;
  report: Report;
  /** Another reader holds the examination: what is written here is read only. */
  isTaken: boolean;
  input: RefObject<HTMLTextAreaElement | null>;
  onLeave: () => void;
  pictures: Omit<KeyImagePicturesProps, "marked" | "onRemove">;
}

/** The report beside the images: written, or as it was signed. */
export function ReportPane({ view, report, isTaken, input, onLeave, pictures }: Props): ReactElement {
  const { t } = useTranslation();
  const { draft, state } = report;
  const before = former(view.versions, view.report);
  const isAtHospital = view.line.status.word === "returned";
  const mayReturn = !isTaken && !isAtHospital && (state.isOpen || view.report?.state.word === "preliminary");
  const isReturned = state.isOpen && before?.returned === true && before.why !== null;
  return (
    <section className={styles.pane} aria-label={t("report.title")}>
      {report.fault !== null && <Notice tone="wrong">{inWords(report.fault, t)}</Notice>}
      {isReturned && <Notice tone="warned">{t("report.returnedWhy", { why: before.why })}</Notice>}
      <PhaseNotice phase={state.phase} onCompare={() => report.open("conflict")} />
      {state.aside !== null && <Aside text={state.aside} onThrowAway={() => draft.throwAsideAway()} />}
      {!state.isOpen && <Settled view={view} report={report} pictures={pictures} />}
      {state.isOpen && (
        <fieldset className={styles.written} disabled={isTaken}>
          <div className={styles.bar}>
            <Stand state={state} />
            <button className={controls.button} title={t("keys.reportSubmit")} onClick={report.submit} disabled={state.phase.kind === "conflict"}>
              {t("report.submit")}
            </button>
            <button className={`${controls.button} ${controls.primary}`} onClick={() => report.open("sign")} disabled={state.phase.kind === "conflict"}>
              {t("report.sign")} <kbd>Ctrl</kbd> <kbd>Enter</kbd>
            </button>
          </div>
          <TemplatePicker draft={draft} state={state} templates={report.templates} onSpeak={report.speak} onManage={() => report.open("templates")} />
          <Editor
            phrases={report.templates}
            draft={draft}
            state={state}
            standing={standingOf(view.findings)}
            findings={view.findings}
            input={input}
            onLeave={onLeave}
          />
          <KeyImagePictures {...pictures} marked={state.keyImages} onRemove={(place) => draft.mark(place)} />
        </fieldset>
      )}
      <div className={styles.acts}>
        {view.report?.state.word === "draft" && !isTaken && (
          <button className={`${controls.button} ${controls.quiet}`} onClick={() => report.open("discard")}>
            {t("report.discard")}
          </button>
        )}
        {mayReturn && (
          <button className={`${controls.button} ${controls.quiet}`} onClick={() => report.open("returnExamination")}>
            {t("report.returnHospital")}
          </button>
        )}
      </div>
    </section>
  );
}
