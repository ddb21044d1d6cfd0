/** Long and short axis at right angles, in millimetres of the image: how they are drawn, moved and given other lengths. */

import type { Point } from "./overlay";
import type { Spacing } from "./plane";

/** Ends of the long axis, then of the short axis, in pixel indices. */
export type Axes = readonly [Point, Point, Point, Point];

/** The short axis of a new measure, as a share of the long one. */
const NEW_SHORT_SHARE = 2 / 3;
const SHORTEST_MM = 0.1;

type Mm = readonly [number, number];

function mm({ column, row }: Spacing, [x, y]: Point): Mm {
  return [x * column, y * row];
}

function px({ column, row }: Spacing, [x, y]: Mm): Point {
  return [x / column, y / row];
}

function minus(a: Mm, b: Mm): Mm {
  return [a[0] - b[0], a[1] - b[1]];
}

function from(a: Mm, way: Mm, by: number): Mm {
  return [a[0] + way[0] * by, a[1] + way[1] * by];
}

function inner(a: Mm, b: Mm): number {
  return a[0] * b[0] + a[1] * b[1];
}

export function distance(spacing: Spacing, a: Point, b: Point): number {
  const [x, y] = minus(mm(spacing, a), mm(spacing, b));
  return Math.hypot(x, y);
}

/** The frame of a measure: its long axis from `start` along `along`, and where across it the short axis reaches. */
interface Laid {
  start: Mm;
  along: Mm;
  across: Mm;
  long: number;
  /** Where the short axis crosses the long one, 0 to 1. */
  at: number;
  /** Millimetres across from the long axis to either end; the second is negative where the ends lie on both sides. */
  ends: readonly [number, number];
}

function laid(spacing: Spacing, [a, b, c, d]: Axes): Laid {
  const [start, end] = [mm(spacing, a), mm(spacing, b)];
  const way = minus(end, start);
  const long = Math.hypot(...way);
  const along: Mm = long < SHORTEST_MM / 10 ? [1, 0] : [way[0] / long, way[1] / long];
  const across: Mm = [-along[1], along[0]];
  const reach = [c, d].map((each) => minus(mm(spacing, each), start));
  const places = reach.map((each) => inner(each, along));
  const at = long === 0 ? 0.5 : ((places[0] ?? 0) + (places[1] ?? 0)) / 2 / long;
  const ends = reach.map((each) => inner(each, across));
  return { start, along, across, long, at, ends: [ends[0] ?? 0, ends[1] ?? 0] };
}

function drawn(spacing: Spacing, { start, along, across, long, at, ends }: Laid): Axes {
  const foot = from(start, along, Math.max(0, Math.min(1, at)) * long);
  return [
    px(spacing, start),
    px(spacing, from(start, along, long)),
    px(spacing, from(foot, across, ends[0])),
    px(spacing, from(foot, across, ends[1])),
  ];
}

/** A measure whose long axis was drawn; the short one crosses its middle. */
export function alongLong(spacing: Spacing, start: Point, end: Point): Axes {
  const long = laid(spacing, [start, end, start, start]);
  const half = (NEW_SHORT_SHARE * long.long) / 2;
  return drawn(spacing, { ...long, at: 0.5, ends: [half, -half] });
}

/** A measure of these lengths around a place, its long axis along the rows. */
export function around(spacing: Spacing, [column, row]: Point, long: number, short: number): Axes {
  const half = long / 2 / spacing.column;
  const level: Axes = [[column - half, row], [column + half, row], [column, row], [column, row]];
  return withLengths(spacing, level, long, short);
}

/** Another measure with these lengths, around the middle of the first and turned as it is. */
export function withLengths(spacing: Spacing, axes: Axes, long: number, short: number): Axes {
  const now = laid(spacing, axes);
  const middle = from(now.start, now.along, now.long / 2);
  const tilt = (now.ends[0] + now.ends[1]) / 2;
  const turned = now.ends[0] < now.ends[1] ? -1 : 1;
  return drawn(spacing, {
    ...now,
    start: from(middle, now.along, -long / 2),
    long,
    ends: [tilt + (turned * short) / 2, tilt - (turned * short) / 2],
  });
}

/**
 * After an end was dragged. An end of the long axis turns and stretches the whole around the other end; an end of the
 * short axis moves across, and the axis along the long one with it.
 */
export function dragged(spacing: Spacing, axes: Axes, end: 0 | 1 | 2 | 3, to: Point): Axes {
  const now = laid(spacing, axes);
  if (end === 0 || end === 1) {
    const [a, b] = end === 0 ? [to, axes[1]] : [axes[0], to];
    const turned = laid(spacing, [a, b, a, a]);
    return drawn(spacing, { ...turned, at: now.at, ends: now.ends });
  }
  const reach = minus(mm(spacing, to), now.start);
  const at = now.long === 0 ? 0.5 : Math.max(0, Math.min(1, inner(reach, now.along) / now.long));
  const moved = inner(reach, now.across);
  return drawn(spacing, { ...now, at, ends: end === 2 ? [moved, now.ends[1]] : [now.ends[0], moved] });
}

/** The longer axis first, whatever was drawn first. */
export function longFirst(spacing: Spacing, axes: Axes): Axes {
  const [a, b, c, d] = axes;
  return distance(spacing, a, b) >= distance(spacing, c, d) ? axes : [c, d, a, b];
}
