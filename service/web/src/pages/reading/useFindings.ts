import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";

import { RoomProblem } from "../../api/client";
import type { Contour, FindingAction, FindingView, RejectionReason } from "../../api/reading";
import { changedSince, expectedState } from "./findings";
import type { Reading } from "./useReading";

const NONE: readonly Contour[] = [];

export interface Findings {
  chosen: FindingView | undefined;
  choose: (finding: FindingView | undefined) => void;
  contours: readonly Contour[];
  /** States asked for and not yet confirmed, by Tracking UID. */
  expected: Readonly<Record<string, string>>;
  /** The chosen finding is to be rejected and the reason is asked for. */
  isRejecting: boolean;
  setRejecting: (isRejecting: boolean) => void;
  judge: (action: Exclude<FindingAction, "undo">, reason?: RejectionReason) => void;
  undo: () => void;
  lockImpression: () => void;
  /** Why the last act was not done. */
  fault: unknown;
  /** What others judged meanwhile. */
  changed: FindingView[];
}

/** The chosen finding and the reader's acts: shown at once, confirmed by the centre one after the other. */
export function useFindings(reading: Reading): Findings {
  const { view, examination, put, again } = reading;
  const [uid, setUid] = useState<string | null>(null);
  const [expected, setExpected] = useState<Readonly<Record<string, string>>>({});
  const [isRejecting, setRejecting] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const [changed, setChanged] = useState<FindingView[]>([]);
  const acted = useRef<string[]>([]);
  const isBusy = useRef(false);
  const chosen = view?.findings.find((each) => each.tracking_uid === uid);
  const { data: contours } = useQuery({
    queryKey: ["contours", view?.line.hospital.id, view?.line.study_instance_uid, uid],
    queryFn: ({ signal }) => examination.contours(uid ?? "", signal),
    enabled: chosen !== undefined && chosen.analysis_id !== null,
    staleTime: Infinity,
    retry: false,
  });

  const act = async (trackingUid: string, action: FindingAction, reason: RejectionReason | null): Promise<void> => {
    if (view === undefined || isBusy.current) return;
    isBusy.current = true;
    const state = expectedState(action);
    setExpected(state === null ? {} : { [trackingUid]: state });
    setFault(null);
    setChanged([]);
    try {
      put(await examination.judge(trackingUid, { id: actId(), action, reason, review_version: view.review_version }));
      if (action === "undo") acted.current.pop();
      else acted.current.push(trackingUid);
    } catch (raised) {
      setFault(raised);
      if (raised instanceof RoomProblem && raised.code === "stale") {
        setChanged(changedSince(view.findings, (await again()).findings));
      }
    } finally {
      setExpected({});
      isBusy.current = false;
    }
  };

  return {
    chosen,
    choose: (finding) => {
      setUid(finding?.tracking_uid ?? null);
      setRejecting(false);
    },
    contours: contours ?? NONE,
    expected,
    isRejecting,
    setRejecting,
    judge: (action, reason) => {
      setRejecting(false);
      if (chosen !== undefined) act(chosen.tracking_uid, action, reason ?? null).catch(setFault);
    },
    undo: () => {
      const last = acted.current[acted.current.length - 1];
      if (last !== undefined) act(last, "undo", null).catch(setFault);
    },
    lockImpression: () => {
      examination.lockImpression().then(put, setFault);
    },
    fault,
    changed,
  };
}

/** Random, 32 hexadecimal digits; `crypto.randomUUID` is missing where the page came over plain HTTP. */
function actId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
