import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { ReadingView } from "../../../api/reading";
import { useReader } from "../../../app/session";
import controls from "../../../ui/controls.module.css";
import { Notice } from "../../../ui/Notice";
import { former } from "./AuditDialog";
import { KeyImagePictures, type KeyImagePicturesProps } from "./KeyImagePictures";
import styles from "./report.module.css";
import { Differences, Texts } from "./Texts";
import { at } from "./time";
import type { Report } from "./useReport";

interface Props {
  view: ReadingView;
  report: Report;
  pictures: Omit<KeyImagePicturesProps, "marked" | "onRemove">;
}

/** A version nobody writes in now: it waits for its signature or its audit, or it is final. And what may be done with it. */
export function Settled({ view, report, pictures }: Props): ReactElement | null {
  const { t } = useTranslation();
  const { user } = useReader();
  const version = view.report ?? view.versions[view.versions.length - 1];
  if (version === undefined) return null;
  const before = former(view.versions, version);
  const state = version.state.word;
  const isOut = state === "provisional";
  const isToAudit = state === "signed" || isOut;
  const isOwn = version.signed_by?.id === user.id;
  const mayAudit = user.rights.includes("audit-reports") && !isOwn;
  const button = (text: string, onClick: () => void): ReactElement => (
    <button className={controls.button} onClick={onClick}>
      {text}
    </button>
  );
  return (
    <section className={styles.pane}>
      <Notice tone="told">
        {version.state.text}
        {state === "preliminary" && <p>{t("report.waitsForSignature")}</p>}
        {state === "signed" && <p>{t("report.waitsForAudit")}</p>}
        {isOut && version.audit_due_at !== null && <p>{t("report.outUntil", { at: at(version.audit_due_at, user.language) })}</p>}
        {version.signed_by !== null && version.signed_at !== null && (
          <p>{t("report.signedBy", { name: version.signed_by.name, at: at(version.signed_at, user.language) })}</p>
        )}
        {version.audited_by !== null && version.audited_at !== null && (
          <p>{t("report.auditedBy", { name: version.audited_by.name, at: at(version.audited_at, user.language) })}</p>
        )}
        {version.why !== null && <p>{t("report.why", { why: version.why })}</p>}
      </Notice>
      <div className={styles.acts}>
        {state === "preliminary" && button(t("report.goOn"), report.goOn)}
        {state === "preliminary" && button(t("report.sign"), () => report.open("sign"))}
        {isToAudit && mayAudit && button(t("report.auditAgree"), () => report.open("audit"))}
        {isToAudit && mayAudit && button(t("report.auditReturn"), () => report.open("return"))}
        {state === "signed" && isOwn && button(t("report.recall"), report.recall)}
        {state === "released" && button(t("report.amend"), report.amend)}
        {(state === "released" || isOut) && button(t("report.withdraw"), () => report.open("withdraw"))}
      </div>
      <Texts text={version.text} language={version.language} />
      <KeyImagePictures {...pictures} marked={version.key_images} />
      {version.signed_text !== null && (
        <>
          <p className={styles.small}>{t("report.changedByAuditor")}</p>
          <Differences before={version.signed_text} after={version.text} />
        </>
      )}
      {before !== undefined && (
        <>
          <p className={styles.small}>{t("report.sinceBefore", { version: before.version })}</p>
          <Differences before={before.text} after={version.text} />
        </>
      )}
      {version.record_sha256 !== null && <p className={styles.small}>{t("report.hash", { hash: version.record_sha256 })}</p>}
    </section>
  );
}
