import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { ReadingView, ReportView } from "../../../api/reading";
import type { Secret } from "../../../api/report";
import { Dialog } from "../../../ui/Dialog";
import { Notice } from "../../../ui/Notice";
import { SecretForm } from "./SecretForm";
import styles from "./report.module.css";
import { Differences, Texts } from "./Texts";

interface Props {
  view: ReadingView;
  onConfirm: (secret: Secret) => Promise<void>;
  onClose: () => void;
}

/** What another physician signed, with what changed since the version before, and a second name under it. */
export function AuditDialog({ view, onConfirm, onClose }: Props): ReactElement {
  const { t } = useTranslation();
  const { report } = view;
  const before = former(view.versions, report);
  const confirm = async (secret: Secret): Promise<void> => {
    await onConfirm(secret);
    onClose();
  };
  return (
    <Dialog title={t("sign.auditTitle")} onClose={onClose}>
      <div className={styles.form}>
        {report !== null && (
          <div className={styles.scroll} tabIndex={0} role="region" aria-label={t("sign.what")}>
            {before === undefined ? (
              <Texts text={report.text} />
            ) : (
              <>
                <p className={styles.small}>{t("report.sinceBefore", { version: before.version })}</p>
                <Differences before={before.text} after={report.text} />
              </>
            )}
          </div>
        )}
        {view.withheld !== null && <Notice tone="wrong">{view.withheld}</Notice>}
        <SecretForm label={t("sign.confirm")} isReady={report !== null && view.withheld === null} onGiven={confirm} />
      </div>
    </Dialog>
  );
}

/** The version before this one. */
export function former(versions: readonly ReportView[], report: ReportView | null): ReportView | undefined {
  return report === null ? undefined : versions.filter((each) => each.version < report.version).pop();
}
