import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type RefObject, useCallback, useEffect, useMemo, useRef } from "react";

import { RoomProblem } from "../../api/client";
import { LiveFeed } from "../../api/live";
import { Examination, type ReadingView } from "../../api/reading";
import { useReader } from "../../app/session";
import { measuresKey } from "./measures/useMeasures";
import { type Claim, useClaim } from "./useClaim";

export interface Reading extends Claim {
  examination: Examination;
  view: ReadingView | undefined;
  fault: unknown;
  /** Shows the page an act answered. */
  put: (view: ReadingView) => void;
  /** Reads the page anew. */
  again: () => Promise<ReadingView>;
  /** Settled when the acts on findings that were asked for are done. */
  acts: RefObject<Promise<unknown>>;
}

/** The page's content, and the examination held for this reader while it is open. */
export function useReading(hospital: string, study: string): Reading {
  const content = useReadingContent(hospital, study);
  const claim = useClaim(content.examination, content.view?.line.reader?.id ?? null);
  return { ...content, ...claim };
}

export type ReadingContent = Omit<Reading, keyof Claim>;

/** The page's content, read again when the centre tells of a change. */
export function useReadingContent(hospital: string, study: string): ReadingContent {
  const reader = useReader();
  const client = useQueryClient();
  const examination = useMemo(() => new Examination(hospital, study), [hospital, study]);
  const key = useMemo(() => ["reading", hospital, study, reader.user.language], [hospital, study, reader.user.language]);
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => examination.read(signal),
    enabled: !reader.locked,
    retry: (count, fault) => count < 2 && !(fault instanceof RoomProblem),
  });
  const acts = useRef<Promise<unknown>>(Promise.resolve());
  const put = useCallback(
    (view: ReadingView) => {
      client.setQueryData(key, view);
      return view;
    },
    [client, key],
  );
  // Not by refetch: what the centre tells meanwhile starts another one, and ends the one an act waits for.
  const again = useCallback(async () => put(await examination.read()), [examination, put]);
  useEffect(() => {
    if (reader.locked) return undefined;
    const poll = async (): Promise<boolean> => (await refetch()).isSuccess;
    const feed = new LiveFeed({
      onExamination: (change) => {
        if (change.hospital !== hospital || change.study_instance_uid !== study) return;
        void poll();
        void client.invalidateQueries({ queryKey: measuresKey(hospital, study) });
      },
      onConnection: () => undefined,
      onSessionEnded: () => void poll(),
      poll,
    });
    feed.start();
    return () => feed.stop();
  }, [client, hospital, study, reader.locked, refetch]);
  return { examination, view: data, fault: error, put, again, acts };
}
