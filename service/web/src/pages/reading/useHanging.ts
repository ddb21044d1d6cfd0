import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

import { HangingCalls, type HangingView, type HungBody } from "../../api/hanging";
import { useReader } from "../../app/session";

export interface Hanging {
  /** Undefined while it is asked for; null where the centre does not say: then the first series hangs. */
  hung: HangingView | null | undefined;
  /** Hangs examinations of this kind so from now on. */
  keep: (hung: HungBody) => Promise<void>;
  /** Returns to the built-in protocol. */
  forget: () => Promise<HangingView>;
}

/** How the study is hung, for this reader. */
export function useHanging(hospital: string, study: string): Hanging {
  const { locked } = useReader();
  const client = useQueryClient();
  const calls = useMemo(() => new HangingCalls(hospital, study), [hospital, study]);
  const key = useMemo(() => ["hanging", hospital, study], [hospital, study]);
  const { data, isError } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => calls.read(signal),
    enabled: !locked,
    staleTime: Infinity,
    retry: false,
  });
  return useMemo(() => {
    /** Other examinations of the kind, that were asked about already, hang otherwise now. */
    const changed = (view: HangingView): HangingView => {
      client.removeQueries({ queryKey: ["hanging"], predicate: ({ queryKey }) => queryKey[2] !== study });
      client.setQueryData(key, view);
      return view;
    };
    return {
      hung: isError ? null : data,
      keep: async (hung) => void changed(await calls.keep(hung)),
      forget: async () => changed(await calls.forget()),
    };
  }, [calls, client, data, isError, key, study]);
}
