import { type ReactElement, useMemo } from "react";
import { useTranslation } from "react-i18next";

import { inWords, minutes } from "../../api/problems";
import { NO_FILTER, type WorklistFilter } from "../../api/worklist";
import controls from "../../ui/controls.module.css";
import { Icon } from "../../ui/icons";
import { Notice } from "../../ui/Notice";
import type { ShownRow, WorklistState } from "./store";
import { Table } from "./Table";
import { useNow } from "./time";
import styles from "./worklist.module.css";

interface Props {
  state: WorklistState;
  filter: WorklistFilter;
  at: number;
  onAt: (index: number) => void;
  onOpen: (row: ShownRow) => void;
  onGrow: () => void;
  onRefresh: () => void;
  onFilter: (filter: WorklistFilter) => void;
}

/** The table, or in its place what is the matter and what to do about it. */
export function Rows(props: Props): ReactElement {
  const { state } = props;
  const isEmpty = state.rows.length === 0;
  return (
    <>
      <Head state={state} onRefresh={props.onRefresh} />
      {isEmpty && state.phase === "first" && <Skeleton />}
      {isEmpty && state.readAt !== null && <Empty filter={props.filter} onFilter={props.onFilter} />}
      {!isEmpty && (
        <div className={styles.rows} aria-busy={state.phase === "reading"}>
          <Table
            rows={state.rows}
            total={state.total}
            more={state.more}
            at={props.at}
            onAt={props.onAt}
            onOpen={props.onOpen}
            onNearEnd={props.onGrow}
          />
        </div>
      )}
    </>
  );
}

/** What is listed, and what is told of the list. It takes its place before there is anything to tell: no row is to move
 * under the pointer. */
function Head({ state, onRefresh }: Pick<Props, "state" | "onRefresh">): ReactElement {
  const { t } = useTranslation();
  const total = state.isMoreThanTotal ? `${state.total}+` : String(state.total);
  const analysing = useMemo(() => state.rows.filter(isWithPackages).length, [state.rows]);
  return (
    <div className={styles.listHead}>
      {state.readAt !== null && <span>{t("worklist.count", { shown: state.rows.length, total })}</span>}
      {analysing > 0 && <span>{t("worklist.queue", { count: analysing })}</span>}
      <div role="status" className={styles.newPlace}>
        {state.waiting > 0 && (
          <button className={styles.newBar} onClick={onRefresh}>
            <Icon name="refresh" />
            {t("worklist.waiting", { count: state.waiting })} <kbd>R</kbd>
          </button>
        )}
      </div>
      {state.phase === "failed" && <Failed state={state} onRefresh={onRefresh} />}
    </div>
  );
}

function isWithPackages(row: ShownRow): boolean {
  return row.status.word === "queued" || row.status.word === "analysing";
}

function Failed({ state, onRefresh }: { state: WorklistState; onRefresh: () => void }): ReactElement {
  const { t } = useTranslation();
  const now = useNow();
  return (
    <div className={styles.failed}>
      <Notice tone="wrong">
        {inWords(state.fault, t)}{" "}
        {state.readAt !== null && t("worklist.age", { count: minutes((now - state.readAt) / 1000) })}
      </Notice>
      <button className={controls.button} onClick={onRefresh}>
        {t("common.again")}
      </button>
    </div>
  );
}

const CLOSED = "closed";

function Empty({ filter, onFilter }: Pick<Props, "filter" | "onFilter">): ReactElement {
  const { t } = useTranslation();
  const isNarrowed = Object.values(filter).some((value) => value !== "");
  // Closed examinations are in a list of their own, whatever is searched for.
  const mayBeClosed = filter.q !== "" && filter.view !== CLOSED;
  return (
    <div className={styles.empty}>
      <Icon name="archive" />
      <p>{isNarrowed ? t("worklist.emptyNarrowed") : t("worklist.empty")}</p>
      <p className={styles.dim}>{isNarrowed ? t("worklist.emptyNarrowedHelp") : t("worklist.emptyHelp")}</p>
      {mayBeClosed && (
        <button className={controls.button} onClick={() => onFilter({ ...NO_FILTER, q: filter.q, view: CLOSED })}>
          {t("worklist.amongClosed")}
        </button>
      )}
      {isNarrowed && (
        <button className={controls.button} onClick={() => onFilter(NO_FILTER)}>
          {t("worklist.clear")}
        </button>
      )}
    </div>
  );
}

const SKELETON_ROWS = 14;

function Skeleton(): ReactElement {
  const { t } = useTranslation();
  return (
    <div className={styles.skeleton} role="status" aria-label={t("common.loading")}>
      {Array.from({ length: SKELETON_ROWS }, (_, index) => (
        <div key={index} style={{ opacity: 1 - index / SKELETON_ROWS }} />
      ))}
    </div>
  );
}
