import { useEffect, useMemo, useSyncExternalStore } from "react";

import type { FindingView } from "../../../api/reading";
import { ReportCalls } from "../../../api/report";
import { AsideCopy, DraftCopy } from "../../../app/draftCopies";
import { useReader } from "../../../app/session";
import type { Reading } from "../useReading";
import { ReportDraft } from "./draft";
import type { DraftState, Standing } from "./draftState";

const STANDS: readonly string[] = ["accepted", "corrected", "added"];

/** Findings that go into the report, with what they say there. */
export function standingOf(findings: readonly FindingView[]): Standing[] {
  return findings
    .filter((each) => STANDS.includes(each.state.word))
    .map((each) => ({ owner: each.tracking_uid, number: each.number, says: each.report_text }));
}

export interface Draft {
  draft: ReportDraft;
  calls: ReportCalls;
  state: DraftState;
}

/** The draft of the open examination. It follows the page, and goes on saving whichever pane is shown. */
export function useDraft(hospital: string, study: string, { view, put, again, isTaken }: Reading): Draft {
  const { id } = useReader().user;
  const calls = useMemo(() => new ReportCalls(hospital, study), [hospital, study]);
  const draft = useMemo(
    () => new ReportDraft({ calls, copy: new DraftCopy(id, hospital, study), aside: new AsideCopy(id, hospital, study), put, again, userId: id }),
    [calls, id, hospital, study, put, again],
  );
  const state = useSyncExternalStore(draft.subscribe, draft.state);
  useEffect(() => {
    if (view !== undefined) draft.show(view, standingOf(view.findings), !isTaken && (view.line.reader === null || view.line.reader.id === id));
  }, [draft, view, id, isTaken]);
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
