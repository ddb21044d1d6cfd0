import { useEffect, useMemo, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import type { FindingView } from "../../../api/reading";
import { ReportCalls } from "../../../api/report";
import { AsideCopy, DraftCopy } from "../../../app/draftCopies";
import type { Translate } from "../../../app/i18n";
import { useReader } from "../../../app/session";
import type { Reading } from "../useReading";
import { ReportDraft } from "./draft";
import type { DraftState, Standing } from "./draftState";

const STANDS: readonly string[] = ["accepted", "corrected", "added"];

/** Findings that go into the report, with what they say there. */
export function standingOf(findings: readonly FindingView[], t: Translate): Standing[] {
  return findings
    .filter((each) => STANDS.includes(each.state.word))
    .map((each) => ({ owner: each.tracking_uid, number: each.number, findings: each.line, impression: inOneLine(each, t) }));
}

function inOneLine({ place, concept, long_axis_mm: long, short_axis_mm: short }: FindingView, t: Translate): string {
  const axes = [long, short].filter((each) => each !== null).map((each) => String(Math.round(each * 10) / 10));
  const size = axes.length === 0 ? "" : t("report.ofSize", { mm: axes.join(" × ") });
  const [first = "", ...rest] = concept.text;
  return t("report.inOneLine", { place, concept: first.toUpperCase() + rest.join(""), size });
}

export interface Draft {
  draft: ReportDraft;
  calls: ReportCalls;
  state: DraftState;
}

/** The draft of the open examination. It follows the page, and goes on saving whichever pane is shown. */
export function useDraft(hospital: string, study: string, { view, put, again, isTaken }: Reading): Draft {
  const { t } = useTranslation();
  const reader = useReader();
  const { id, language } = reader.user;
  const calls = useMemo(() => new ReportCalls(hospital, study), [hospital, study]);
  const draft = useMemo(
    () => new ReportDraft({ calls, copy: new DraftCopy(id, hospital, study), aside: new AsideCopy(id, hospital, study), put, again, userId: id, language }),
    [calls, id, hospital, study, put, again, language],
  );
  const state = useSyncExternalStore(draft.subscribe, draft.state);
  useEffect(() => {
    if (view !== undefined) draft.show(view, standingOf(view.findings, t), !isTaken && (view.line.reader === null || view.line.reader.id === id));
  }, [draft, view, t, id, isTaken]);
  useEffect(() => {
    const send = (): void => void draft.save();
    window.addEventListener("online", send);
    return () => {
      window.removeEventListener("online", send);
      draft.stop();
    };
  }, [draft]);
  return { draft, calls, state };
}
