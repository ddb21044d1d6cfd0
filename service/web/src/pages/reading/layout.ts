/** Which series lie where in the image area. The address holds it, so that reload, back and a second window keep it. */

import type { ReadingSearch } from "../../app/router";

export const LAYOUTS = ["1x1", "1x2", "2x2"] as const;
export type LayoutName = (typeof LAYOUTS)[number];

const CELLS: Record<LayoutName, number> = { "1x1": 1, "1x2": 2, "2x2": 4 };

/** A place of the image area and what lies there. slice: 1-based, as the address says it. */
export interface Cell {
  study: string;
  series: string;
  slice: string | undefined;
}

export interface Layout {
  name: LayoutName;
  /** As many as the layout has places; null where nothing was put yet. */
  cells: readonly (Cell | null)[];
  /** 0-based. */
  active: number;
  /** The active series is shown in three planes. */
  isReformatted: boolean;
  /** The places are scrolled together. */
  isLinked: boolean;
}

/**
 * The address' `series` names the places one after the other, `_` between them: `UID`, or `UID-UID` for a series of
 * another study; `slice` likewise. What it says that is no layout is left out. study: the one that is read.
 */
export function layoutOf(search: ReadingSearch, study: string): Layout {
  const name = LAYOUTS.find((each) => each === search.layout) ?? "1x1";
  const series = (search.series ?? "").split("_");
  const slices = (search.slice ?? "").split("_");
  const cells = Array.from({ length: CELLS[name] }, (_, at) => cellOf(series[at] ?? "", slices[at], study));
  const active = Number(search.active ?? "1") - 1;
  return {
    name,
    cells,
    active: cells[active] === undefined ? 0 : active,
    isReformatted: search.mpr === "1",
    isLinked: search.link !== "0",
  };
}

function cellOf(place: string, slice: string | undefined, study: string): Cell | null {
  const [first = "", second] = place.split("-");
  if (first === "") return null;
  const at = slice === "" ? undefined : slice;
  return second === undefined ? { study, series: first, slice: at } : { study: first, series: second, slice: at };
}

/** The part of the address that says a layout. */
export function searchOf({ name, cells, active, isReformatted, isLinked }: Layout, study: string): ReadingSearch {
  const series = cells.map((cell) => (cell === null ? "" : cell.study === study ? cell.series : `${cell.study}-${cell.series}`));
  const slices = cells.map((cell) => cell?.slice ?? "");
  return {
    ...(series.some((each) => each !== "") ? { series: series.join("_") } : {}),
    ...(slices.some((each) => each !== "") ? { slice: slices.join("_") } : {}),
    ...(name === "1x1" ? {} : { layout: name }),
    ...(active === 0 ? {} : { active: String(active + 1) }),
    ...(isReformatted ? { mpr: "1" } : {}),
    ...(isLinked ? {} : { link: "0" }),
  };
}

/** Series of a study in their order, as they fill places that are empty. */
export type Offered = readonly Pick<Cell, "study" | "series">[];

/** Another number of places. The active one stays; places that become free are filled with series not yet shown. */
export function withName(layout: Layout, name: LayoutName, offered: Offered): Layout {
  const count = CELLS[name];
  const isKept = layout.active < count;
  const kept = isKept ? layout.cells.slice(0, count) : [layout.cells[layout.active] ?? null];
  const shown = new Set(kept.map((cell) => cell?.series));
  const free = offered.filter(({ series }) => !shown.has(series));
  const cells = Array.from({ length: count }, (_, at) => {
    const next = kept[at] ?? free.shift();
    return next === undefined ? null : { slice: undefined, ...next };
  });
  return { ...layout, name, cells, active: isKept ? layout.active : 0 };
}

export function withActive(layout: Layout, active: number): Layout {
  return active === layout.active || active >= layout.cells.length ? layout : { ...layout, active };
}

/** Puts a series into the active place, at the slice where its loading begins. */
export function withSeries(layout: Layout, study: string, series: string): Layout {
  return withCellSeries(layout, layout.active, study, series);
}

/** The same into any place, which becomes the active one. */
export function withCellSeries(layout: Layout, at: number, study: string, series: string): Layout {
  return { ...withCell(layout, at, { study, series, slice: undefined }), active: at };
}

export function withSlice(layout: Layout, at: number, slice: number): Layout {
  const cell = layout.cells[at];
  return cell == null ? layout : withCell(layout, at, { ...cell, slice: String(slice) });
}

function withCell(layout: Layout, at: number, cell: Cell): Layout {
  return { ...layout, cells: layout.cells.map((each, place) => (place === at ? cell : each)) };
}

/** The prior beside what is active, or, where a prior is beside it already, the active series alone. study: the one read. */
export function withPrior(layout: Layout, study: string, prior: Pick<Cell, "study" | "series">): Layout {
  const current = layout.cells[layout.active]?.study === study ? layout.cells[layout.active] : layout.cells.find((cell) => cell?.study === study);
  const own = current ?? null;
  if (hasPrior(layout, study)) return { ...layout, name: "1x1", cells: [own], active: 0 };
  return { ...layout, name: "1x2", cells: [own, { ...prior, slice: undefined }], active: 0, isReformatted: false };
}

/** 0-based place of a series; -1 where it is not shown. */
export function cellOfSeries({ cells }: Layout, study: string, series: string): number {
  return cells.findIndex((cell) => cell?.study === study && cell.series === series);
}

export function hasPrior(layout: Layout, study: string): boolean {
  return layout.cells.some((cell) => cell !== null && cell.study !== study);
}
