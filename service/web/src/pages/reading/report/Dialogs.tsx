import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { FindingView, ReadingView } from "../../../api/reading";
import controls from "../../../ui/controls.module.css";
import { Dialog } from "../../../ui/Dialog";
import { AuditDialog } from "./AuditDialog";
import { AwaitsAudit } from "./AwaitsAudit";
import { Conflict } from "./Conflict";
import { ReasonDialog } from "./ReasonDialog";
import styles from "./report.module.css";
import { ReturnDialog } from "./ReturnDialog";
import { SignDialog } from "./SignDialog";
import { TemplatesDialog } from "./TemplatesDialog";
import type { Report } from "./useReport";

interface Props {
  view: ReadingView;
  report: Report;
  isSaying: boolean;
  isTaken: boolean;
  onJudge: (finding: FindingView) => void;
}

/** The one dialog that is open, if any. */
export function Dialogs({ view, report, isSaying, isTaken, onJudge }: Props): ReactElement | null {
  const { t } = useTranslation();
  const { close, draft, state } = report;
  switch (report.dialog) {
    case "sign":
      return (
        <SignDialog
          view={view}
          undecided={state.offers.map(({ offer }) => offer.words)}
          isSaying={isSaying}
          isTaken={isTaken}
          isLate={report.isLate}
          onReadAnew={report.readAnew}
          onPrepare={report.prepare}
          onSign={report.sign}
          onJudge={(finding) => {
            close();
            onJudge(finding);
          }}
          onNext={report.next}
          onClose={close}
        />
      );
    case "audit":
      return (
        <AwaitsAudit key="audit" title={t("sign.auditTitle")} view={view} onClose={close}>
          <AuditDialog view={view} onConfirm={report.audit} onClose={close} />
        </AwaitsAudit>
      );
    case "return":
      return (
        <AwaitsAudit key="return" title={t("reason.returnTitle")} view={view} onClose={close}>
          <ReasonDialog
            title={t("reason.returnTitle")}
            what={t("reason.returnWhat")}
            act={t("report.auditReturn")}
            onGiven={report.giveBack}
            onClose={close}
          />
        </AwaitsAudit>
      );
    case "withdraw":
      return (
        <ReasonDialog
          title={t("reason.withdrawTitle")}
          what={t("reason.withdrawWhat")}
          act={t("report.withdraw")}
          onGiven={report.withdraw}
          onClose={close}
        />
      );
    case "returnExamination":
      return <ReturnDialog onGiven={report.returnExamination} onClose={close} />;
    case "discard":
      return (
        <Dialog title={t("report.discard")} onClose={close}>
          <p>{t("report.discardSure")}</p>
          <div className={styles.acts}>
            <button className={controls.button} onClick={close}>
              {t("reason.cancel")}
            </button>
            <button className={controls.button} onClick={report.discard}>
              {t("report.discard")}
            </button>
          </div>
        </Dialog>
      );
    case "conflict":
      return state.phase.kind !== "conflict" ? null : (
        <Conflict
          mine={draft.content.text}
          theirs={state.phase.theirs}
          onChoose={(text) => {
            draft.resolve(text);
            close();
          }}
          onTakeBack={(text) => draft.takeBack(text)}
          onSetAside={() => {
            draft.setAside();
            close();
          }}
          onClose={close}
        />
      );
    case "templates":
      return <TemplatesDialog language={state.language} onClose={close} />;
    case null:
      return null;
  }
}
