/** What a hanging protocol means for the image area, and what the image area says as one. */

import type { HangingView, HungBody } from "../../api/hanging";
import type { Window } from "../../viewer/presets";
import type { Cell, Layout } from "./layout";

/** The layout a protocol hangs; null where it found no series for any place. */
export function hungLayout({ layout, is_linked, places }: HangingView): Layout | null {
  const cells = places.map((each) => (each === null ? null : { study: each.study_instance_uid, series: each.series_instance_uid, slice: undefined }));
  if (cells.every((cell) => cell === null)) return null;
  return { name: layout, cells, active: 0, isReformatted: false, isLinked: is_linked };
}

/** The window a protocol opens a series in; null leaves it to the images. */
export function hungWindow(hung: HangingView | null, { study, series }: Pick<Cell, "study" | "series">): Window | null {
  const place = hung?.places.find((each) => each?.study_instance_uid === study && each.series_instance_uid === series);
  return place?.window ?? null;
}

/** The image area as it hangs now. windowAt: of the place, null where its window means nothing for another examination. */
export function asProtocol({ name, cells, isLinked }: Layout, windowAt: (at: number) => Window | null): HungBody {
  return {
    layout: name,
    is_linked: isLinked,
    places: cells.map((cell, at) => (cell === null ? null : { study_instance_uid: cell.study, series_instance_uid: cell.series, window: windowAt(at) })),
  };
}
