import { useEffect, useState, useSyncExternalStore } from "react";

import { type Connection, LiveFeed } from "../../api/live";
import type { Language } from "../../api/types";
import { type WorklistFilter, worklistPage, worklistRow } from "../../api/worklist";
import { WorklistStore, type WorklistState } from "./store";

export interface Worklist {
  state: WorklistState;
  store: WorklistStore;
  connection: Connection;
}

/** The list for a filter in a language, kept up to date while the page is shown and the session is open. */
export function useWorklist(filter: WorklistFilter, isLocked: boolean, language: Language): Worklist {
  const [store] = useState(() => new WorklistStore({ page: worklistPage, row: worklistRow }));
  const [connection, setConnection] = useState<Connection>("live");
  const state = useSyncExternalStore(store.subscribe, store.state);
  useEffect(() => {
    // The centre words the rows: another language is another reading.
    if (!isLocked) void store.read(filter);
  }, [store, filter, isLocked, language]);
  useEffect(() => {
    if (isLocked) return undefined;
    const feed = new LiveFeed({
      onExamination: (change) => {
        // A row that cannot be read now is read by the next event or poll.
        store.changed(change).catch(() => undefined);
      },
      onConnection: setConnection,
      // The next answer says whether it is locked or over.
      onSessionEnded: () => void store.poll(),
      poll: () => store.poll(),
    });
    feed.start();
    return () => feed.stop();
  }, [store, isLocked]);
  return { state, store, connection };
}
