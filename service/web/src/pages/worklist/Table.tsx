import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type ReactElement, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { COLUMNS } from "./cells";
import { rowKey, type ShownRow } from "./store";
import styles from "./table.module.css";

interface Props {
  rows: readonly ShownRow[];
  total: number;
  more: boolean;
  at: number;
  onAt: (index: number) => void;
  onOpen: (row: ShownRow) => void;
  onNearEnd: () => void;
}

const OVERSCAN = 12;
/** Pages are asked for when this many rows or fewer lie below the screen. */
const NEAR_END = 60;

/** A grid of which only the rows on the screen exist. The focus stays on the grid; the row under the cursor is named to
 * screen readers by aria-activedescendant (ARIA Authoring Practices, grid pattern). */
export function Table(props: Props): ReactElement {
  const { t } = useTranslation();
  const { rows, at, more, onNearEnd } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = useRowHeight();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    // The heading lies above the rows in the same scroller and covers them.
    scrollMargin: rowHeight,
    scrollPaddingStart: rowHeight,
    getItemKey: (index) => rowKey(rows[index] as ShownRow),
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= rows.length - NEAR_END) onNearEnd();
  }, [last, rows.length, more, onNearEnd]);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
  }, [at, virtual]);
  const active = rows[at];
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="grid"
      tabIndex={0}
      aria-label={t("worklist.title")}
      aria-rowcount={props.total + 1}
      aria-colcount={COLUMNS.length}
      aria-activedescendant={active === undefined ? undefined : `row-${rowKey(active)}`}
    >
      <div className={`${styles.row} ${styles.head}`} role="row" aria-rowindex={1}>
        {COLUMNS.map((column) => (
          <div key={column.name} role="columnheader" className={styles[column.name]}>
            {t(`columns.${column.name}`)}
          </div>
        ))}
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {shown.map((item) => (
          <Row
            key={item.key}
            row={rows[item.index] as ShownRow}
            index={item.index}
            start={item.start - rowHeight}
            isActive={item.index === at}
            onAt={props.onAt}
            onOpen={props.onOpen}
          />
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  row: ShownRow;
  index: number;
  start: number;
  isActive: boolean;
  onAt: (index: number) => void;
  onOpen: (row: ShownRow) => void;
}

const Row = memo(function Row({ row, index, start, isActive, onAt, onOpen }: RowProps): ReactElement {
  const { t } = useTranslation();
  return (
    <div
      id={`row-${rowKey(row)}`}
      className={`${styles.row} ${styles.body} ${isActive ? styles.active : ""}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isActive}
      data-urgency={row.urgency.word}
      style={{ transform: `translateY(${start}px)` }}
      onClick={() => onAt(index)}
      onDoubleClick={() => onOpen(row)}
    >
      {COLUMNS.map((column) => (
        <div key={column.name} role="gridcell" className={styles[column.name]}>
          {column.name === "patient" ? (
            <Link
              to="/read/$hospital/$study"
              params={{ hospital: row.hospital.id, study: row.study_instance_uid }}
              search={{}}
              tabIndex={-1}
              className={styles.name}
            >
              {column.cell(row, t)}
            </Link>
          ) : (
            column.cell(row, t)
          )}
        </div>
      ))}
    </div>
  );
});

/** The height that the stylesheet gives a row, in pixels: larger on large screens. */
function useRowHeight(): number {
  return Number.parseInt(getComputedStyle(document.documentElement).getPropertyValue("--row"), 10);
}
