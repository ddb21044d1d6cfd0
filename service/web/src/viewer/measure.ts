/** What a reader measures on an image: length, two axes, an ellipse, an angle. Points are pixel indices, figures in units. */

import { alongLong, type Axes, distance, dragged } from "./bidirectional";
import { endsOf, type Pixels, type ValueFigures, valuesIn, withEnd } from "./ellipse";
import type { Point } from "./overlay";
import type { Spacing } from "./plane";

export const MEASURE_KINDS = ["length", "bidirectional", "ellipse", "angle"] as const;
export type MeasureKind = (typeof MEASURE_KINDS)[number];

export function isMeasureKind(word: string): word is MeasureKind {
  return (MEASURE_KINDS as readonly string[]).includes(word);
}

/** The image that something was measured on. frame: 1-based. */
export interface OnImage {
  sopInstanceUid: string;
  frame: number;
}

export interface Measure extends OnImage {
  id: string;
  kind: MeasureKind;
  /** Ends of the length; ends of long and short axis; corners of the ellipse's box; first end, vertex, second end. */
  points: readonly Point[];
  /** Who drew it, where that is somebody else: it can be looked at only. */
  by?: string;
}

export type Figures =
  | { kind: "length"; unit: Spacing["unit"]; length: number }
  | { kind: "bidirectional"; unit: Spacing["unit"]; long: number; short: number }
  | { kind: "ellipse"; unit: Spacing["unit"]; area: number; values: ValueFigures | null }
  | { kind: "angle"; degrees: number };

/** How many points are set one by one; the others follow from them. */
const CLICKS: Record<MeasureKind, number> = { length: 2, bidirectional: 2, ellipse: 2, angle: 3 };
/** Shorter than this on the screen, and nothing was drawn. */
export const LEAST_DRAWN_PX = 4;

export function clicksOf(kind: MeasureKind): number {
  return CLICKS[kind];
}

/** The measure's points from those that were set; the last may still follow the pointer. */
export function pointsFrom(kind: MeasureKind, set: readonly Point[], spacing: Spacing): readonly Point[] {
  const [first, second] = set;
  if (kind === "bidirectional" && first !== undefined && second !== undefined) return alongLong(spacing, first, second);
  return set;
}

export function isWhole({ kind, points }: Measure): boolean {
  return points.length === (kind === "bidirectional" ? 4 : CLICKS[kind]);
}

/** Where the handles of a measure are. */
export function handlesOf({ kind, points }: Measure): readonly Point[] {
  const [a, b] = points;
  return kind === "ellipse" && a !== undefined && b !== undefined ? endsOf([a, b]) : points;
}

/** After a handle was dragged to a place. */
export function withHandle(measure: Measure, handle: number, to: Point, spacing: Spacing): Measure {
  const { kind, points } = measure;
  if (kind === "bidirectional" && points.length === 4) {
    return { ...measure, points: dragged(spacing, points as unknown as Axes, handle as 0 | 1 | 2 | 3, to) };
  }
  if (kind === "ellipse" && points.length === 2) {
    return { ...measure, points: withEnd(points as unknown as [Point, Point], handle as 0 | 1 | 2 | 3, to) };
  }
  return { ...measure, points: points.map((each, at) => (at === handle ? to : each)) };
}

export function shifted(measure: Measure, [columns, rows]: Point): Measure {
  return { ...measure, points: measure.points.map(([column, row]) => [column + columns, row + rows]) };
}

/** pixels: of the image, for the ellipse; null while they are not there. */
export function figuresOf(measure: Measure, spacing: Spacing, pixels: Pixels | null): Figures | null {
  const [a, b, c, d] = measure.points;
  if (a === undefined || b === undefined) return null;
  if (measure.kind === "length") return { kind: "length", unit: spacing.unit, length: distance(spacing, a, b) };
  if (measure.kind === "ellipse") {
    const area = (Math.PI / 4) * Math.abs(a[0] - b[0]) * spacing.column * Math.abs(a[1] - b[1]) * spacing.row;
    return { kind: "ellipse", unit: spacing.unit, area, values: pixels === null ? null : valuesIn([a, b], pixels) };
  }
  if (c === undefined) return null;
  if (measure.kind === "angle") return { kind: "angle", degrees: degreesAt(b, a, c, spacing) };
  if (d === undefined) return null;
  const [first, second] = [distance(spacing, a, b), distance(spacing, c, d)];
  return { kind: "bidirectional", unit: spacing.unit, long: Math.max(first, second), short: Math.min(first, second) };
}

/** 0 to 180. */
function degreesAt(vertex: Point, one: Point, other: Point, { column, row }: Spacing): number {
  const arm = (to: Point): Point => [(to[0] - vertex[0]) * column, (to[1] - vertex[1]) * row];
  const [[ax, ay], [bx, by]] = [arm(one), arm(other)];
  return Math.abs((Math.atan2(ax * by - ay * bx, ax * bx + ay * by) * 180) / Math.PI);
}

/** Random, 16 hexadecimal digits; `crypto.randomUUID` is missing where the page came over plain HTTP. */
export function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
