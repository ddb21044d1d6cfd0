/** How findings are drawn over the images of a stack: outlines of packages, axes and places of readers, in their state's colour. */

import type { AxisView } from "../../api/finding";
import type { Contour, FindingView } from "../../api/reading";
import type { OnImage } from "../../viewer/measure";
import { DRAFT, DRAFT_COLOUR } from "../../viewer/measureLayer";
import type { Mark, Point } from "../../viewer/overlay";
import { pixelOf, planeOf } from "../../viewer/plane";
import type { Slice } from "../../viewer/slices";
import { isOn } from "./drawing";
import { findingLook, sliceAt } from "./findings";

export interface Drawn {
  finding: FindingView;
  contours: readonly Contour[];
  /** The axes a package measured; a reader's stand in the finding. */
  axes: readonly AxisView[];
}

const DENIED: ReadonlySet<string> = new Set(["rejected", "removed"]);

/** Which findings are drawn in another way, by Tracking UID. */
export interface Apart {
  /** Looked at: a box around it. */
  chosen: string | null;
  /** Being corrected: its axes are the draft's. */
  corrected: string | null;
}

/** The marks that lie in this stack. */
export function marksOf(drawn: readonly Drawn[], slices: readonly Slice[], { chosen, corrected }: Apart): Mark[] {
  return drawn
    .filter(({ finding }) => finding.state.word !== "removed")
    .flatMap(({ finding, contours, axes }) => {
      const bySlice = new Map<number, Pick<Mark, "polygons" | "lines" | "place">>();
      for (const contour of contours) {
        bySlice.set(sliceAt(slices, contour), { polygons: contour.polygons, lines: [], place: null });
      }
      const own = [finding.long_axis, finding.short_axis].filter((each) => each !== null);
      const isChosen = finding.tracking_uid === chosen;
      const shown = finding.image === null ? -1 : sliceAt(slices, finding.image);
      if (shown !== -1 && (own.length > 0 || isChosen || bySlice.get(shown) === undefined)) {
        const isDrawnAnew = finding.tracking_uid === corrected;
        const lines = isDrawnAnew ? [] : linesOf(own.length > 0 ? own : axes, slices[shown]);
        const polygons = bySlice.get(shown)?.polygons ?? [];
        const place = lines.length + polygons.length === 0 && !isDrawnAnew ? placeOf(finding, slices[shown]) : null;
        bySlice.set(shown, { polygons, lines, place });
      }
      bySlice.delete(-1);
      return [...bySlice].map(([slice, parts]) => ({
        id: finding.tracking_uid,
        slice,
        colour: findingLook(finding.state.word).colour,
        label: String(finding.number),
        isChosen,
        isDashed: DENIED.has(finding.state.word),
        isExtent: false,
        ...parts,
      }));
    });
}

/** A place that was clicked and not saved yet. */
export interface Pointed {
  image: OnImage;
  at: Point;
}

/** Its mark, in the stack that has its image. */
export function pointedMarks(pointed: Pointed | null, slices: readonly Slice[]): Mark[] {
  const slice = pointed === null ? -1 : slices.findIndex((each) => isOn(pointed.image, each));
  if (pointed === null || slice === -1) return [];
  const plain = { label: "", isChosen: false, isDashed: false, isExtent: false, polygons: [], lines: [] };
  return [{ ...plain, id: DRAFT, slice, colour: DRAFT_COLOUR, place: pointed.at }];
}

function linesOf(axes: readonly AxisView[], slice: Slice | undefined): (readonly [Point, Point])[] {
  const plane = slice === undefined ? null : planeOf(slice);
  return plane === null ? [] : axes.map((each) => [pixelOf(plane, each.start_mm), pixelOf(plane, each.end_mm)] as const);
}

function placeOf({ center_mm: centre }: FindingView, slice: Slice | undefined): Point | null {
  const plane = slice === undefined ? null : planeOf(slice);
  return plane === null || centre === null ? null : pixelOf(plane, centre);
}
