/** What findings and key images mean for one stack: ticks on its strip, slices to load first, marks that fit its images. */

import type { FindingView, ImagePlace } from "../../api/reading";
import type { Mark } from "../../viewer/overlay";
import { framesOf, sizeOf } from "../../viewer/quality";
import type { Slice } from "../../viewer/slices";
import { findingLook, sliceAt } from "./findings";

export interface Tick {
  key: string;
  /** 0-based place in the stack. */
  slice: number;
  colour: string;
  kind: "finding" | "key";
}

export function findingTicks(findings: readonly FindingView[], slices: readonly Slice[]): Tick[] {
  return findings.flatMap((each) => {
    const slice = each.image === null ? -1 : sliceAt(slices, each.image);
    const tick: Tick = { key: each.tracking_uid, slice, colour: findingLook(each.state.word).colour, kind: "finding" };
    return slice === -1 ? [] : [tick];
  });
}

export function keyTicks(places: readonly ImagePlace[], slices: readonly Slice[]): Tick[] {
  return places.flatMap((place) => {
    const slice = sliceAt(slices, place);
    const key = `${place.sop_instance_uid} ${place.frame ?? 1}`;
    return slice === -1 ? [] : [{ key, slice, colour: "var(--accent)", kind: "key" as const }];
  });
}

/** How the room names a slice: the frame is null for a single-frame instance. */
export function placeOf({ sopInstanceUid, frame, metadata }: Slice): ImagePlace {
  return { sop_instance_uid: sopInstanceUid, frame: framesOf(metadata) > 1 ? frame : null };
}

/** The outer edge of the last pixel lies half a pixel beyond its centre; outlines are simplified to a third of one. */
const BEYOND_PX = 1;

/** Marks that lie on their images. One that reaches beyond was made for another geometry and must not be drawn. */
export function fittingMarks(marks: readonly Mark[], slices: readonly Slice[]): { marks: readonly Mark[]; isMisfit: boolean } {
  const misfits = new Set(marks.filter((mark) => !liesWithin(mark, slices[mark.slice])).map(({ id }) => id));
  return misfits.size === 0
    ? { marks, isMisfit: false }
    : { marks: marks.filter(({ id }) => !misfits.has(id)), isMisfit: true };
}

function liesWithin({ polygons, lines }: Mark, slice: Slice | undefined): boolean {
  if (slice === undefined) return false;
  const { rows, columns } = sizeOf(slice.metadata);
  return [...polygons.flat(), ...lines.flat()].every(
    ([column, row]) =>
      column >= -BEYOND_PX && row >= -BEYOND_PX && column <= columns - 1 + BEYOND_PX && row <= rows - 1 + BEYOND_PX,
  );
}
