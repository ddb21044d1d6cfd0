/** What findings and key images mean for one stack: ticks on its strip, slices to load first, an outline that fits. */

import type { Contour, FindingView, ImagePlace } from "../../api/reading";
import { sizeOf } from "../../viewer/quality";
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

/** Half a pixel beyond the centre of the last one is still on the image; contours are simplified to a third of one. */
const BEYOND_PX = 1;

/**
 * Why outlines must not be drawn over these slices: their images are not here, or they reach beyond the image, so they
 * were made for another geometry. null: they fit, or there are none.
 */
export function misfitOf(contours: readonly Contour[], slices: readonly Slice[]): "absent" | "outside" | null {
  if (contours.length === 0) return null;
  const found = contours.map((contour) => ({ contour, slice: slices[sliceAt(slices, contour)] }));
  if (found.some(({ slice }) => slice === undefined)) return "absent";
  return found.some(({ contour, slice }) => slice !== undefined && !liesWithin(contour, slice)) ? "outside" : null;
}

function liesWithin({ polygons }: Contour, { metadata }: Slice): boolean {
  const { rows, columns } = sizeOf(metadata);
  return polygons.every((points) =>
    points.every(
      ([column, row]) =>
        column >= -BEYOND_PX && row >= -BEYOND_PX && column <= columns - 1 + BEYOND_PX && row <= rows - 1 + BEYOND_PX,
    ),
  );
}
