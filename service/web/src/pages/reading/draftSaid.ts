/** A draft in the words of the room: coded, in patient space, in millimetres. */

import type { AxisView, Code, CodeView, PatientPoint, Said } from "../../api/finding";
import { type Axes, longFirst } from "../../viewer/bidirectional";
import type { Point } from "../../viewer/overlay";
import { mmOf, type Plane, planeOf, spacingOf } from "../../viewer/plane";
import type { Slice } from "../../viewer/slices";
import { isOn, millimetres } from "./drawing";
import type { Draft } from "./useDraft";

/** Null while the draft lacks a type, a place, or where it is. */
export function said(draft: Draft, slices: readonly Slice[]): Said | null {
  const type = draft.types[draft.type];
  const place = draft.places[draft.place];
  const geometry = geometryOf(draft, slices);
  if (type === undefined || place === undefined || geometry === null || hasHalfTyped(draft)) return null;
  return {
    concept: codeOf(type),
    site: codeOf(place.site),
    laterality: place.laterality === null ? null : codeOf(place.laterality),
    note: draft.note,
    ...geometry,
  };
}

type Geometry = Pick<Said, "center_mm" | "long_axis" | "short_axis" | "volume_mm3" | "image">;

/** A number is typed that is none, or only one of two: then what is drawn is not what the fields say. */
function hasHalfTyped({ long, short }: Draft): boolean {
  return (long !== "" || short !== "") && (millimetres(long) === null || millimetres(short) === null);
}

/** A finding that only gets other words keeps all that was measured of it, to the last digit. */
function geometryOf(draft: Draft, slices: readonly Slice[]): Geometry | null {
  const { finding, kept, measure, point, isMeasured } = draft;
  if (finding !== null && !isMeasured) {
    return { ...kept, center_mm: finding.center_mm, volume_mm3: finding.volume_mm3, image: finding.image };
  }
  const on = measure ?? point?.image;
  const slice = on === undefined ? undefined : slices.find((each) => isOn(on, each));
  if (slice === undefined) return null;
  const plane = planeOf(slice);
  const none = { long_axis: null, short_axis: null, volume_mm3: null, image: placeOn(slice) };
  if (plane === null) return { ...none, center_mm: null };
  if (measure === null) return { ...none, center_mm: point === null ? null : mmOf(plane, point.at) };
  const [a, b, c, d] = longFirst(spacingOf(slice), measure.points as unknown as Axes);
  const long = axis(plane, a, b);
  return { ...none, long_axis: long, short_axis: axis(plane, c, d), center_mm: middle(long) };
}

function axis(plane: Plane, from: Point, to: Point): AxisView {
  const [start, end] = [mmOf(plane, from), mmOf(plane, to)];
  const length = Math.hypot(end[0] - start[0], end[1] - start[1], end[2] - start[2]);
  return { start_mm: start, end_mm: end, length_mm: length };
}

function middle({ start_mm: a, end_mm: b }: AxisView): PatientPoint {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];
}

/** As the room names images: a frame only where an instance has several. */
function placeOn({ sopInstanceUid, frame, metadata }: Slice): Said["image"] {
  const frames = Number(metadata["00280008"]?.Value?.[0] ?? 1);
  return { sop_instance_uid: sopInstanceUid, frame: frames > 1 ? frame : null };
}

function codeOf({ value, scheme, meaning }: CodeView): Code {
  return { value, scheme, meaning };
}
