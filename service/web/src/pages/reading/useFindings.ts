import { useQueries, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";

import { RoomProblem } from "../../api/client";
import type { FindingTools, Said } from "../../api/finding";
import type { FindingAction, FindingView, ImagePlace, RejectionReason } from "../../api/reading";
import type { OnImage } from "../../viewer/measure";
import type { Drawn } from "./findingMarks";
import { changedSince, expectedState, lastOwnAct, newTrackingUid, type Settled, settledBy } from "./findings";
import type { Placed } from "./measures/measureBook";
import type { Reading } from "./useReading";
import type { Undo } from "./useUndo";

export interface Target {
  /** Tracking UID; empty where the image shows no finding. */
  id: string;
  image: ImagePlace;
  /** The series to lay into the image area where it is not shown; null leaves that to the finding's analysis. */
  placed: Placed | null;
}

export interface Findings {
  chosen: FindingView | undefined;
  choose: (finding: FindingView | undefined) => void;
  /** The image to go to, another object with every choice; null where none was chosen. */
  target: Target | null;
  /** Goes to an image where no finding is; placed: the series to show for it. */
  goTo: (image: OnImage, placed: Placed | undefined) => void;
  /** All of them, with what is drawn of each. */
  drawn: readonly Drawn[];
  tools: FindingTools | undefined;
  /** States asked for and not yet confirmed, by Tracking UID. */
  expected: Readonly<Record<string, string>>;
  /** The chosen finding is to be rejected and the reason is asked for. */
  isRejecting: boolean;
  setRejecting: (isRejecting: boolean) => void;
  judge: (action: "accept" | "reject" | "doubt" | "remove", reason?: RejectionReason) => void;
  /** Corrects the finding, or adds one where it is null. Resolves with whether it was done. */
  say: (finding: FindingView | null, said: Said) => Promise<boolean>;
  /** Takes the reader's last act on any finding back, of an earlier visit too. */
  undoEarlier: () => void;
  lockImpression: () => void;
  /** Why the last act was not done. */
  fault: unknown;
  /** What others judged meanwhile. */
  changed: FindingView[];
  /** Another reader holds the examination: nothing is judged here. */
  isTaken: boolean;
  /** The report is signed: nothing is judged before that is taken back or amended. */
  settled: Settled | null;
  /** Either of both. */
  isClosed: boolean;
}

interface Asked {
  action: FindingAction;
  reason?: RejectionReason;
  said?: Said;
}

/** The chosen finding and the reader's acts: shown at once, confirmed by the centre one after the other. */
export function useFindings(reading: Reading, undo: Undo, readerId: string): Findings {
  const { view, examination, put, again, acts, isTaken } = reading;
  const [uid, setUid] = useState<string | null>(null);
  const [target, setTarget] = useState<Findings["target"]>(null);
  const [expected, setExpected] = useState<Readonly<Record<string, string>>>({});
  const [isRejecting, setRejecting] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const [changed, setChanged] = useState<FindingView[]>([]);
  const failures = useRef(0);
  const openedAt = useRef(performance.now());
  const settled = settledBy(view?.versions ?? []);
  const isClosed = isTaken || settled !== null;
  // The newest page, for acts that are taken back long after they were done.
  const latest = useRef(view);
  const isClosedNow = useRef(isClosed);
  useEffect(() => {
    latest.current = view;
    isClosedNow.current = isClosed;
  }, [view, isClosed]);
  const chosen = view?.findings.find((each) => each.tracking_uid === uid);
  const { tools, drawn } = useDrawn(reading);

  /** Shows the act at once, and does it when those before it are done: nobody waits for the centre between two keys. */
  const act = (trackingUid: string, asked: Asked): Promise<boolean> => {
    if (isClosedNow.current) return Promise.resolve(false);
    const state = expectedState(asked.action);
    if (state !== null) setExpected((before) => ({ ...before, [trackingUid]: state }));
    const before = failures.current;
    const turn = (): Promise<boolean> => actNow(trackingUid, asked, before);
    const done = acts.current.then(turn, turn);
    acts.current = done;
    return done;
  };
  /** before: how many acts had failed when this one was asked for; behind another failure it was asked of a page that is gone. */
  const actNow = async (trackingUid: string, { action, reason, said }: Asked, before: number): Promise<boolean> => {
    const now = latest.current;
    if (now === undefined || failures.current !== before) {
      setExpected(({ [trackingUid]: _, ...others }) => others);
      return false;
    }
    setFault(null);
    setChanged([]);
    try {
      const answer = await examination.judge(trackingUid, {
        id: newActId(),
        action,
        reason: reason ?? null,
        said: said ?? null,
        review_version: now.review_version,
        ms_since_open: Math.round(performance.now() - openedAt.current),
      });
      latest.current = answer;
      put(answer);
      return true;
    } catch (raised) {
      failures.current += 1;
      setFault(raised);
      if (raised instanceof RoomProblem && raised.code === "stale") {
        const read = await again();
        setChanged(changedSince(now.findings, read.findings));
      }
      return false;
    } finally {
      setExpected(({ [trackingUid]: _, ...others }) => others);
    }
  };
  const takeBack = (trackingUid: string) => act(trackingUid, { action: "undo" });
  const actWithUndo = async (trackingUid: string, asked: Asked): Promise<boolean> => {
    const isDone = await act(trackingUid, asked);
    if (isDone) undo.push(() => takeBack(trackingUid));
    return isDone;
  };
  const choose = (finding: FindingView | undefined): void => {
    setUid(finding?.tracking_uid ?? null);
    setTarget(finding?.image == null ? null : { id: finding.tracking_uid, image: finding.image, placed: null });
    setRejecting(false);
  };

  return {
    chosen,
    choose,
    goTo: ({ sopInstanceUid, frame }, placed) =>
      setTarget({ id: "", image: { sop_instance_uid: sopInstanceUid, frame }, placed: placed ?? null }),
    target,
    drawn,
    tools,
    expected,
    isRejecting,
    setRejecting,
    judge: (action, reason) => {
      setRejecting(false);
      if (chosen === undefined) return;
      actWithUndo(chosen.tracking_uid, { action, ...(reason === undefined ? {} : { reason }) }).catch(setFault);
    },
    say: async (finding, said) => {
      const trackingUid = finding?.tracking_uid ?? newTrackingUid();
      const isDone = await actWithUndo(trackingUid, { action: finding === null ? "add" : "correct", said });
      if (isDone) setUid(trackingUid);
      return isDone;
    },
    undoEarlier: () => {
      const last = lastOwnAct(latest.current?.findings ?? [], readerId);
      if (last !== undefined) takeBack(last.tracking_uid).catch(setFault);
    },
    lockImpression: () => {
      if (!isTaken) examination.lockImpression().then(put, setFault);
    },
    fault,
    changed,
    isTaken,
    settled,
    isClosed,
  };
}

/** Written and not signed yet: counts in no package's figures. */
const UNSIGNED: readonly string[] = ["draft", "preliminary", "discarded"];

/** Every finding with its outlines and axes, and what it is corrected with: asked again when another analysis ended, and
 * when a signature came or went, which the packages' figures count. */
function useDrawn({ view, examination }: Reading): { tools: FindingTools | undefined; drawn: readonly Drawn[] } {
  const { hospital, study_instance_uid: study } = view?.line ?? { hospital: undefined, study_instance_uid: "" };
  const analyses = view?.analyses.map((each) => each.id).join(" ");
  const hidden = view?.analyses.filter((each) => each.is_hidden).map((each) => each.id).join(" ");
  const signed = view?.versions.map((each) => each.state.word).filter((word) => !UNSIGNED.includes(word)).join(" ");
  const { data: tools } = useQuery({
    queryKey: ["finding-tools", hospital?.id, study, analyses, hidden, signed],
    queryFn: ({ signal }) => examination.findingTools(signal),
    enabled: view !== undefined,
    staleTime: Infinity,
    // Signatures elsewhere count too: who opens the examination again sees the figures as they are now.
    refetchOnMount: "always",
    retry: false,
  });
  const findings = view?.findings;
  const outlined = useMemo(() => (findings ?? []).filter((each) => each.analysis_id !== null), [findings]);
  const contours = useQueries({
    queries: outlined.map((each) => ({
      queryKey: ["contours", hospital?.id, study, each.tracking_uid, analyses],
      queryFn: ({ signal }: { signal: AbortSignal }) => examination.contours(each.tracking_uid, signal),
      staleTime: Infinity,
      retry: false,
    })),
    combine: (answers) => answers.map((each) => each.data),
  });
  const drawn = useMemo(
    () =>
      (findings ?? []).map((finding) => {
        const known = tools?.axes.find((each) => each.tracking_uid === finding.tracking_uid);
        return {
          finding,
          contours: contours[outlined.findIndex((each) => each.tracking_uid === finding.tracking_uid)] ?? [],
          axes: [known?.long_axis, known?.short_axis].filter((each) => each != null),
        };
      }),
    [findings, contours, outlined, tools],
  );
  return { tools, drawn };
}

/** Random, 32 hexadecimal digits; `crypto.randomUUID` is missing where the page came over plain HTTP. */
function newActId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
