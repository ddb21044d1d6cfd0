import { useCallback, useRef, useState } from "react";

import type { Place } from "./place";
import { rowKey, type ShownRow } from "./store";

export interface Cursor {
  /** Index of the row under the cursor, -1 where there is none. */
  at: number;
  toIndex: (index: number) => void;
  by: (step: number) => void;
  toNext: (wanted: (row: ShownRow) => boolean) => void;
}

/** The cursor stays on its examination: it is kept by name, and by place only when that examination is gone. */
export function useCursor(rows: readonly ShownRow[], start: Place["row"]): Cursor {
  const [key, setKey] = useState<string | null>(start?.key ?? null);
  const lastAt = useRef(start?.at ?? 0);
  const found = key === null ? -1 : indexOf(rows, key, lastAt.current);
  const at = found >= 0 || rows.length === 0 ? found : Math.min(lastAt.current, rows.length - 1);
  if (at >= 0) lastAt.current = at;
  const toIndex = useCallback(
    (index: number) => {
      const row = rows[Math.max(0, Math.min(index, rows.length - 1))];
      if (row !== undefined) setKey(rowKey(row));
    },
    [rows],
  );
  const toNext = (wanted: (row: ShownRow) => boolean): void => {
    const next = [...rows.slice(at + 1), ...rows.slice(0, at + 1)].find(wanted);
    if (next !== undefined) setKey(rowKey(next));
  };
  return { at, toIndex, by: (step) => toIndex(at + step), toNext };
}

/** Where a row stands; looked for at its last place first, since a list of 100,000 is asked at every rendering. */
function indexOf(rows: readonly ShownRow[], key: string, hint: number): number {
  const there = rows[hint];
  if (there !== undefined && rowKey(there) === key) return hint;
  return rows.findIndex((row) => rowKey(row) === key);
}
