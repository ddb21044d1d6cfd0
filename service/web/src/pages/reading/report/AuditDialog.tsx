import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { RoomProblem } from "../../../api/client";
import type { ReadingView, ReportText, ReportView } from "../../../api/reading";
import { type Auditing, type Field, FIELDS, type Secret, type SeenFlag } from "../../../api/report";
import controls from "../../../ui/controls.module.css";
import { Dialog } from "../../../ui/Dialog";
import { Notice } from "../../../ui/Notice";
import { NotPrintable } from "./NotPrintable";
import { SecretForm } from "./SecretForm";
import styles from "./report.module.css";
import { Differences, Texts } from "./Texts";

interface Props {
  view: ReadingView;
  onConfirm: (auditing: Auditing) => Promise<void>;
  onClose: () => void;
}

/** What another physician signed, to be confirmed as it is or in other words, and a second name under it. */
export function AuditDialog({ view, onConfirm, onClose }: Props): ReactElement {
  const { t } = useTranslation();
  const { report } = view;
  const before = former(view.versions, report);
  const [text, setText] = useState<ReportText | null>(null);
  const [said, setSaid] = useState<readonly SeenFlag[]>([]);
  const [seen, setSeen] = useState<readonly SeenFlag[]>([]);
  const isChanged = report !== null && text !== null && FIELDS.some((field) => text[field] !== report.text[field]);
  const confirm = async (secret: Secret): Promise<void> => {
    try {
      await onConfirm({ ...secret, text: isChanged ? text : null, seen: [...seen] });
    } catch (raised) {
      if (raised instanceof RoomProblem && raised.code === "contradicted") setSaid(raised.faults.map((each) => ({ kind: each.field, words: each.message })));
      throw raised;
    }
    onClose();
  };
  const type = (field: Field, words: string): void => {
    setSaid([]);
    setSeen([]);
    setText((known) => ({ ...(known ?? NOTHING), [field]: words }));
  };
  return (
    <Dialog title={t("sign.auditTitle")} onClose={onClose}>
      <div className={styles.form}>
        {report !== null && (
          <div className={styles.scroll} tabIndex={0} role="region" aria-label={t("sign.what")}>
            {text !== null ? (
              <Changing signed={report.text} text={text} isChanged={isChanged} onType={type} />
            ) : before === undefined ? (
              <Texts text={report.text} language={report.language} />
            ) : (
              <>
                <p className={styles.small}>{t("report.sinceBefore", { version: before.version })}</p>
                <Differences before={before.text} after={report.text} />
              </>
            )}
          </div>
        )}
        {report !== null && text === null && (
          <div className={styles.acts}>
            <button className={controls.button} onClick={() => setText(report.text)}>
              {t("sign.change")}
            </button>
          </div>
        )}
        {isChanged && <p className={styles.small}>{t("sign.changeKept", { name: report?.signed_by?.name ?? "" })}</p>}
        {said.map((flag) => (
          <label key={`${flag.kind} ${flag.words}`} className={styles.check}>
            <input
              type="checkbox"
              checked={seen.includes(flag)}
              onChange={() => setSeen(seen.includes(flag) ? seen.filter((each) => each !== flag) : [...seen, flag])}
            />
            {t("sign.meantSo", { words: flag.words })}
          </label>
        ))}
        {report !== null && <NotPrintable letters={stillThere(view.not_printable, report, text ?? report.text)} />}
        {view.withheld !== null && <Notice tone="wrong">{view.withheld}</Notice>}
        <SecretForm
          label={isChanged ? t("sign.confirmChanged") : t("sign.confirm")}
          isReady={report !== null && view.withheld === null && !view.waits_for_impression}
          lack={view.waits_for_impression ? t("sign.lacks.impression") : null}
          onGiven={confirm}
        />
      </div>
    </Dialog>
  );
}

/** What is not printable was said of the signed words: of these, what the auditor's have too, and the notes of key images. */
function stillThere(letters: readonly string[], { key_images }: ReportView, text: ReportText): string[] {
  const words = [...FIELDS.map((field) => text[field]), ...key_images.map((each) => each.note)].join("\n");
  return letters.filter((letter) => words.includes(letter));
}

const NOTHING: ReportText = { findings: "", impression: "", advice: "" };

interface ChangingProps {
  signed: ReportText;
  text: ReportText;
  isChanged: boolean;
  onType: (field: Field, words: string) => void;
}

/** The words to change, and under them what differs from what was signed. */
function Changing({ signed, text, isChanged, onType }: ChangingProps): ReactElement {
  const { t } = useTranslation();
  return (
    <>
      {FIELDS.map((field) => (
        <label key={field} className={styles.field}>
          <span className={styles.label}>{t(`report.field.${field}`)}</span>
          <textarea
            rows={field === "findings" ? 6 : 2}
            maxLength={20_000}
            value={text[field]}
            onChange={(event) => onType(field, event.target.value)}
          />
        </label>
      ))}
      {isChanged && (
        <>
          <p className={styles.small}>{t("sign.changes")}</p>
          <Differences before={signed} after={text} />
        </>
      )}
    </>
  );
}

/** The version before this one. */
export function former(versions: readonly ReportView[], report: ReportView | null): ReportView | undefined {
  return report === null ? undefined : versions.filter((each) => each.version < report.version).pop();
}
