import { type ReactElement, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import type { ReadingView, ReportView } from "../../../api/reading";
import type { Translate } from "../../../app/i18n";
import controls from "../../../ui/controls.module.css";
import { Dialog } from "../../../ui/Dialog";
import { Notice } from "../../../ui/Notice";
import styles from "./report.module.css";

interface Props {
  title: string;
  view: ReadingView;
  onClose: () => void;
  /** The auditor's act. */
  children: ReactNode;
}

const WAITS: readonly string[] = ["signed", "provisional"];

/** An act of the auditor for as long as the version it was opened for waits for one. What became of that version meanwhile is said in its place. */
export function AwaitsAudit({ title, view, onClose, children }: Props): ReactElement {
  const { t } = useTranslation();
  const [id] = useState(view.report?.id);
  const version = view.versions.find((each) => each.id === id);
  if (version === undefined || WAITS.includes(version.state.word)) return <>{children}</>;
  return (
    <Dialog title={title} onClose={onClose}>
      <div className={styles.form}>
        <Notice tone="warned">
          {becameOf(version, t)} {t("sign.gone.nothingDone")}
        </Notice>
        <div className={styles.acts}>
          <button className={`${controls.button} ${controls.primary}`} onClick={onClose}>
            {t("common.close")}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

function becameOf({ state, signed_by: signer, audited_by: auditor }: ReportView, t: Translate): string {
  if (state.word === "recalled") return t("sign.gone.recalled", { name: signer?.name ?? "–" });
  if (auditor !== null) return t("sign.gone.audited", { name: auditor.name });
  return t("sign.gone.other", { state: state.text });
}
