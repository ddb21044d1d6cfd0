import { getRouteApi } from "@tanstack/react-router";
import { type ReactElement, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { WorklistFilter } from "../../api/worklist";
import { Guarded } from "../../app/Page";
import { useKeys } from "../../app/keyboard";
import { useReader } from "../../app/session";
import { BottomBar } from "./BottomBar";
import { Header } from "./Header";
import { Preview } from "./Preview";
import { Rail } from "./Rail";
import { Rows } from "./Rows";
import { keepPlace, placeOf, searchOf } from "./place";
import { rowKey, type ShownRow } from "./store";
import { UrgencyKey } from "./UrgencyKey";
import { useCursor } from "./useCursor";
import { useWorklist } from "./useWorklist";
import styles from "./worklist.module.css";

const route = getRouteApi("/worklist");
const SCREENFUL = 20;

/** The list of examinations to read, in the order the centre says, with the reason of the order. */
export function WorklistPage(): ReactElement {
  const { t } = useTranslation();
  return (
    <Guarded title={t("worklist.title")} right="read-studies">
      <Worklist />
    </Guarded>
  );
}

function Worklist(): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const navigate = route.useNavigate();
  const filter = useFilter();
  const { state, store, connection } = useWorklist(filter, reader.locked, reader.user.language);
  const cursor = useCursor(state.rows, placeOf(reader.user.id).row);
  const [isRailShown, setRailShown] = useState(true);
  const [isPreviewShown, setPreviewShown] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const firstView = useRef<HTMLButtonElement>(null);
  const row = state.rows[cursor.at];
  usePlace(reader.user.id, filter, row, cursor.at);

  const narrow = useCallback(
    (next: WorklistFilter): void => {
      void navigate({ search: searchOf(next), replace: next.q !== filter.q });
    },
    [navigate, filter.q],
  );
  const open = useCallback(
    (opened: ShownRow): void => {
      const params = { hospital: opened.hospital.id, study: opened.study_instance_uid };
      void navigate({ to: "/read/$hospital/$study", params, search: {} });
    },
    [navigate],
  );
  const refresh = useCallback(() => void store.read(), [store]);
  const grow = useCallback(() => void store.grow(), [store]);

  useKeys({
    listNext: () => cursor.by(1),
    listPrevious: () => cursor.by(-1),
    listPageDown: () => cursor.by(SCREENFUL),
    listPageUp: () => cursor.by(-SCREENFUL),
    listFirst: () => cursor.toIndex(0),
    listLast: () => cursor.toIndex(state.rows.length - 1),
    listOpen: () => row !== undefined && open(row),
    listPreview: () => setPreviewShown((shown) => !shown),
    listUrgent: () => cursor.toNext(isUrgent),
    listFilter: () => {
      setRailShown(true);
      firstView.current?.focus();
    },
    listSearch: () => search.current?.select(),
    listRefresh: refresh,
    close: () => {
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      setPreviewShown(false);
    },
  });
  useTitle(useMemo(() => state.rows.filter((each) => each.urgency.word === "critical").length, [state.rows]));

  return (
    <div className={styles.page}>
      <Header
        search={search}
        q={filter.q}
        onSearch={(q) => narrow({ ...filter, q })}
        isRailShown={isRailShown}
        onRail={() => setRailShown((shown) => !shown)}
      />
      <div className={styles.middle}>
        {isRailShown && (
          <Rail
            userId={reader.user.id}
            filter={filter}
            hospitals={reader.hospitals}
            first={firstView}
            onFilter={narrow}
          />
        )}
        <main className={styles.main}>
          <h1 className="visually-hidden">{t("worklist.title")}</h1>
          <Rows
            state={state}
            filter={filter}
            at={cursor.at}
            onAt={cursor.toIndex}
            onOpen={open}
            onGrow={grow}
            onRefresh={refresh}
            onFilter={narrow}
          />
        </main>
        {isPreviewShown && row !== undefined && <Preview row={row} onClose={() => setPreviewShown(false)} />}
      </div>
      <UrgencyKey row={row} onSaid={store.put} />
      <BottomBar connection={connection} row={row} />
    </div>
  );
}

function isUrgent(row: ShownRow): boolean {
  return row.urgency.word === "critical" || row.urgency.word === "high";
}

function useFilter(): WorklistFilter {
  const search = route.useSearch();
  const { view = "", q = "", status = "", class: exam_class = "", hospital = "" } = search;
  return useMemo(() => ({ view, q, status, exam_class, hospital }), [view, q, status, exam_class, hospital]);
}

/** Kept for the way back from a study. */
function usePlace(user: string, filter: WorklistFilter, row: ShownRow | undefined, at: number): void {
  useEffect(() => keepPlace(user, { filter }), [user, filter]);
  const key = row === undefined ? null : rowKey(row);
  useEffect(() => {
    if (key !== null) keepPlace(user, { row: { key, at } });
  }, [user, key, at]);
}

/** Critical examinations are counted in the tab, for whoever looks at another window. */
function useTitle(critical: number): void {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${critical > 0 ? `(${critical}) ` : ""}${t("worklist.title")} · ${t("common.product")}`;
  }, [critical, t]);
}
