import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery } from "@tanstack/react-query";

import { useReader } from "../app/session";

/** One page of a list, and the mark of the next: null on the last. */
interface ListPage {
  items: unknown[];
  next: string | null;
}

interface Options {
  /** Reads what is shown again as often as this. */
  refetchInterval?: number;
  /** How long an answer is kept when nothing shows it any more. */
  gcTime?: number;
}

export interface Pages<P extends ListPage> {
  asked: UseInfiniteQueryResult<InfiniteData<P>>;
  /** Of every page read so far. */
  items: P["items"][number][];
}

/** A list that the centre gives page by page. key: what it depends on; the reader's language is added. */
export function usePages<P extends ListPage>(
  key: readonly string[],
  read: (after: string | null, signal: AbortSignal) => Promise<P>,
  options: Options = {},
): Pages<P> {
  const reader = useReader();
  const asked = useInfiniteQuery({
    ...options,
    queryKey: [...key, reader.user.language],
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last: P) => last.next,
    enabled: !reader.locked,
  });
  return { asked, items: asked.data?.pages.flatMap((each) => each.items) ?? [] };
}
