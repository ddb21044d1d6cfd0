import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type MouseEvent, type ReactElement, useCallback, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { Translate } from "../../app/i18n";
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
  // Kept the same while the rows are: with another function the virtualizer measures every row again.
  const keyOf = useCallback((index: number) => rowKey(rows[index] as ShownRow), [rows]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    // The heading lies above the rows in the same scroller and covers them.
    scrollMargin: rowHeight,
    scrollPaddingStart: rowHeight,
    getItemKey: keyOf,
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
            t={t}
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
  /** Handed in, and links are plain: a hook in each cell of each row is what scrolling would wait for. */
  t: Translate;
  onAt: (index: number) => void;
  onOpen: (row: ShownRow) => void;
}

const Row = memo(function Row({ row, index, start, isActive, t, onAt, onOpen }: RowProps): ReactElement {
  const open = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onOpen(row);
  };
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
            <a
              href={`/read/${encodeURIComponent(row.hospital.id)}/${encodeURIComponent(row.study_instance_uid)}`}
              tabIndex={-1}
              className={styles.name}
              onClick={open}
            >
              {column.cell(row, t)}
            </a>
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
