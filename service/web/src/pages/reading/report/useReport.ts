import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";

import { Unreachable } from "../../../api/client";
import type { ReadingView } from "../../../api/reading";
import type { Auditing, ReturnReason, Secret, SeenFlag } from "../../../api/report";
import { useKeys } from "../../../app/keyboard";
import { useReader } from "../../../app/session";
import { placeOf, searchOf } from "../../worklist/place";
import { isLate } from "../late";
import type { Reading } from "../useReading";
import { readAnew, useStudySeries } from "../useStudySeries";
import type { Phase } from "./draftState";
import { nextCase } from "./nextCase";
import { type Draft, useDraft } from "./useDraft";
import { type Templates, useTemplates } from "./useTemplates";

export type ReportDialog = "sign" | "audit" | "return" | "withdraw" | "returnExamination" | "discard" | "conflict" | "templates";

export interface Report extends Draft, Templates {
  dialog: ReportDialog | null;
  open: (dialog: ReportDialog) => void;
  close: () => void;
  /** Images came that the page does not show yet: nothing is signed before they are. */
  isLate: boolean;
  readAnew: () => void;
  /** Saves and submits what is to be signed. */
  prepare: () => Promise<void>;
  /** The same without signing: another physician signs. */
  submit: () => void;
  sign: (secret: Secret, seen: SeenFlag[], closeRest: boolean) => Promise<void>;
  audit: (auditing: Auditing) => Promise<void>;
  giveBack: (why: string) => Promise<void>;
  withdraw: (why: string) => Promise<void>;
  returnExamination: (reason: ReturnReason, note: string) => Promise<void>;
  discard: () => void;
  recall: () => void;
  amend: () => void;
  goOn: () => void;
  next: () => void;
  /** Why the last act was not done. */
  fault: unknown;
}

/** Why a draft could not be sent before its signature. */
function unsent(phase: Phase): unknown {
  return phase.kind === "refused" ? phase.fault : new Unreachable();
}

/** The version an act is about, as the page shows it. */
function shownId(version: { id: string } | null | undefined): string {
  if (version == null) throw new Error("the act is offered where the page shows a version");
  return version.id;
}

/** Everything that happens to the report of the open examination, by key and by button. */
export function useReport(hospital: string, study: string, reading: Reading): Report {
  const { view, put, again, acts, isTaken } = reading;
  const navigate = useNavigate();
  const { user } = useReader();
  const own = useDraft(hospital, study, reading);
  const { draft, calls } = own;
  const given = useTemplates(hospital, study, own);
  const client = useQueryClient();
  const { series } = useStudySeries(hospital, study);
  const [asked, setDialog] = useState<ReportDialog | null>(null);
  const isConflict = own.state.phase.kind === "conflict";
  // Where both say the same by now, there is nothing to decide.
  const dialog = asked === "conflict" && !isConflict ? null : asked;
  const [fault, setFault] = useState<unknown>(null);
  /** Submitted by the dialog that is open, to be signed at once: closed, it is a draft again. */
  const isSubmittedToSign = useRef(false);
  const act = (done: Promise<ReadingView>): void => {
    setFault(null);
    done.then(put, setFault);
  };
  const next = (): void => {
    setDialog(null);
    nextCase(study, user.id).then((found) => {
      // The empty list says that nothing waits, and shows what comes.
      if (found === null) void navigate({ to: "/worklist", search: searchOf(placeOf(user.id).filter) });
      else void navigate({ to: "/read/$hospital/$study", params: found, search: {} });
    }, setFault);
  };
  const open = (asked: ReportDialog): void => {
    setFault(null);
    isSubmittedToSign.current = false;
    setDialog(asked);
  };
  const close = (): void => {
    const submittedHere = dialog === "sign" && isSubmittedToSign.current ? view?.report : null;
    setDialog(null);
    if (submittedHere?.state.word === "preliminary") act(calls.reopen(submittedHere.edition));
  };
  const maySign = view !== undefined && !isTaken && (view.report === null ? own.state.isOpen : ["draft", "preliminary"].includes(view.report.state.word));
  const submitted = async (): Promise<boolean> => {
    await acts.current;
    if (!(await draft.begin())) throw unsent(draft.state().phase);
    const report = (await again()).report;
    if (report?.state.word !== "draft") return false;
    put(await calls.submit(report.edition));
    return true;
  };
  const submit = (): void => {
    if (isConflict) return open("conflict");
    setFault(null);
    submitted().catch(setFault);
  };
  useKeys({
    ...(own.state.isOpen && !isTaken && dialog === null && user.rights.includes("review") ? { reportSubmit: submit } : {}),
    ...(maySign && dialog === null ? { reportSign: () => open(isConflict ? "conflict" : "sign") } : {}),
    ...(dialog === null && !isTaken ? { reportKeep: () => void draft.keep() } : {}),
  });
  return {
    ...own,
    ...given,
    dialog,
    open,
    close,
    isLate: isLate(series, view?.series),
    readAnew: () => void readAnew(client, hospital),
    prepare: async () => {
      isSubmittedToSign.current = await submitted();
    },
    submit,
    sign: async (secret, seen, closeRest) => {
      if (view?.report == null) throw new Error("what is signed was submitted");
      const { report, revision, image_count, review_version } = view;
      try {
        put(await calls.sign({ ...secret, edition: report.edition, revision, image_count, review_version, seen, close_rest: closeRest }));
      } catch (raised) {
        await again();
        throw raised;
      }
    },
    audit: async (auditing) => put(await calls.audit(auditing, shownId(view?.report))),
    giveBack: async (why) => put(await calls.giveBack(why, shownId(view?.report))),
    withdraw: async (why) =>
      put(await calls.withdraw(why, shownId(view?.versions.find((each) => ["released", "provisional"].includes(each.state.word))))),
    returnExamination: async (reason, note) => {
      await draft.save();
      await calls.returnExamination(reason, note);
      await navigate({ to: "/worklist", search: searchOf(placeOf(user.id).filter) });
    },
    discard: () => {
      setDialog(null);
      act(draft.save().then(() => calls.discard(draft.edition)));
    },
    recall: () => act(calls.recall()),
    amend: () => {
      const text = { findings: "", impression: "", advice: "" };
      act(calls.begin({ text, key_images: [], template: "", language: own.state.language }));
    },
    goOn: () => act(calls.reopen(view?.report?.edition ?? 0)),
    next,
    fault,
  };
}
