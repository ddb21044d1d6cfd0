/** Findings as bodies in the patient, made of their marks on the slices, and what a plane through the volume shows of them. */

import type { Mark, Point } from "./overlay";
import { mmOf, planeOf } from "./plane";
import { cross, dot, type SliceStack, type Vector } from "./slices";

/** What was drawn of a finding on one slice, in millimetres (LPS). */
interface Layer {
  /** Along the normal of the stack. */
  placeMm: number;
  polygons: readonly (readonly Vector[])[];
  lines: readonly (readonly [Vector, Vector])[];
  place: Vector | null;
}

export interface Solid extends Pick<Mark, "id" | "colour" | "label" | "isChosen" | "isDashed"> {
  layers: readonly Layer[];
  /** Unit vectors of the stack: along its rows, along its columns, and its normal. */
  axes: readonly [Vector, Vector, Vector];
  /** The least and the largest millimetres along those axes: the box around all that was drawn. */
  low: Vector;
  high: Vector;
  /** Half a slice: so far a mark counts to either side. */
  halfMm: number;
}

/** A plane through the patient. */
export interface Cut {
  pointMm: Vector;
  /** Unit vector. */
  normal: Vector;
}

/** What a cut shows of a solid, in millimetres (LPS). */
export interface Section {
  polygons: readonly (readonly Vector[])[];
  lines: readonly (readonly [Vector, Vector])[];
  place: Vector | null;
  /** The polygon is the box around the finding and not its outline: nobody outlined it in this plane. */
  isExtent: boolean;
}

/** Cosine from which on two directions are one. */
const PARALLEL = 0.9999;

/** marks: of the slices of this stack, in their pixels. */
export function solidsOf(marks: readonly Mark[], { slices, spacingMm }: SliceStack): Solid[] {
  const axes = axesOf(slices[0]);
  if (axes === null || spacingMm === null) return [];
  const byFinding = new Map<string, Mark[]>();
  for (const mark of marks) byFinding.set(mark.id, [...(byFinding.get(mark.id) ?? []), mark]);
  return [...byFinding.values()].flatMap((own) => {
    const [first] = own;
    const layers = own.flatMap((mark) => layerOf(mark, slices[mark.slice], axes[2]));
    const points = layers.flatMap(({ polygons, lines, place }) => [...polygons.flat(), ...lines.flat(), ...(place === null ? [] : [place])]);
    if (first === undefined || points.length === 0) return [];
    const { id, colour, label, isChosen, isDashed } = first;
    const halfMm = spacingMm / 2;
    const [low, high] = bounds(points, axes, halfMm);
    return [{ id, colour, label, isChosen, isDashed, layers, axes, low, high, halfMm }];
  });
}

/** The middle of the box. */
export function centreOf({ axes, low, high }: Solid): Vector {
  return along(axes, [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2]);
}

/** Null where the plane passes beside the solid. */
export function sectionOf(solid: Solid, cut: Cut): Section | null {
  if (Math.abs(dot(cut.normal, solid.axes[2])) > PARALLEL) return onSlice(solid, dot(cut.pointMm, solid.axes[2]));
  const place = solid.layers.find((each) => each.place !== null)?.place ?? null;
  if (place !== null) {
    const isNear = Math.abs(dot(place, cut.normal) - dot(cut.pointMm, cut.normal)) <= solid.halfMm;
    return isNear ? { polygons: [], lines: [], place, isExtent: false } : null;
  }
  const polygon = throughBox(solid, cut);
  return polygon === null ? null : { polygons: [polygon], lines: [], place: null, isExtent: true };
}

/** A plane along the slices shows what was drawn on the nearest one. */
function onSlice({ layers, halfMm }: Solid, placeMm: number): Section | null {
  const off = (layer: Layer): number => Math.abs(layer.placeMm - placeMm);
  const nearest = layers.reduce<Layer | null>((best, each) => (best === null || off(each) < off(best) ? each : best), null);
  if (nearest === null || off(nearest) > halfMm) return null;
  const { polygons, lines, place } = nearest;
  return { polygons, lines, place, isExtent: false };
}

/** Where a plane cuts the edges of the box, in the order of going round. */
function throughBox(solid: Solid, { pointMm, normal }: Cut): readonly Vector[] | null {
  const at = dot(pointMm, normal);
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => cornerOf(solid, corner));
  const found: Vector[] = [];
  for (const [from, corner] of corners.entries()) {
    for (const axis of [1, 2, 4]) {
      const other = corners[from | axis];
      if ((from & axis) !== 0 || other === undefined) continue;
      const [a, b] = [dot(corner, normal) - at, dot(other, normal) - at];
      if (a < 0 !== b < 0) found.push(between(corner, other, a / (a - b)));
    }
  }
  return found.length < 3 ? null : goingRound(found, normal);
}

/** corner: a bit for each axis, set where it is the largest. */
function cornerOf({ axes, low, high }: Solid, corner: number): Vector {
  return along(axes, [corner & 1 ? high[0] : low[0], corner & 2 ? high[1] : low[1], corner & 4 ? high[2] : low[2]]);
}

function goingRound(points: readonly Vector[], normal: Vector): readonly Vector[] {
  const middle = mean(points);
  const first = unit(minus(points[0] ?? middle, middle));
  const second = cross(normal, first);
  const angle = (point: Vector): number => {
    const way = minus(point, middle);
    return Math.atan2(dot(way, second), dot(way, first));
  };
  return points.slice().sort((a, b) => angle(a) - angle(b));
}

function layerOf(mark: Mark, slice: SliceStack["slices"][number] | undefined, normal: Vector): Layer[] {
  const plane = slice === undefined ? null : planeOf(slice);
  if (plane === null) return [];
  const mm = (point: Point): Vector => mmOf(plane, point);
  return [
    {
      placeMm: dot(plane.originMm, normal),
      polygons: mark.polygons.map((each) => each.map(mm)),
      lines: mark.lines.map(([from, to]) => [mm(from), mm(to)] as const),
      place: mark.place === null ? null : mm(mark.place),
    },
  ];
}

function axesOf(slice: SliceStack["slices"][number] | undefined): Solid["axes"] | null {
  if (slice?.rowDirection == null || slice.columnDirection == null) return null;
  return [slice.rowDirection, slice.columnDirection, cross(slice.rowDirection, slice.columnDirection)];
}

function bounds(points: readonly Vector[], [row, column, normal]: Solid["axes"], halfMm: number): [Vector, Vector] {
  const range = (axis: Vector): [number, number] => {
    const places = points.map((point) => dot(point, axis));
    return [Math.min(...places), Math.max(...places)];
  };
  const [x, y, z] = [range(row), range(column), range(normal)];
  return [
    [x[0], y[0], z[0] - halfMm],
    [x[1], y[1], z[1] + halfMm],
  ];
}

function along([a, b, c]: Solid["axes"], [x, y, z]: Vector): Vector {
  const part = (at: 0 | 1 | 2): number => x * a[at] + y * b[at] + z * c[at];
  return [part(0), part(1), part(2)];
}

function between(from: Vector, to: Vector, share: number): Vector {
  const part = (at: 0 | 1 | 2): number => from[at] + share * (to[at] - from[at]);
  return [part(0), part(1), part(2)];
}

function mean(points: readonly Vector[]): Vector {
  const part = (at: 0 | 1 | 2): number => points.reduce((sum, each) => sum + each[at], 0) / points.length;
  return [part(0), part(1), part(2)];
}

function minus([a, b, c]: Vector, [x, y, z]: Vector): Vector {
  return [a - x, b - y, c - z];
}

function unit(of: Vector): Vector {
  const length = Math.hypot(...of);
  return [of[0] / length, of[1] / length, of[2] / length];
}
