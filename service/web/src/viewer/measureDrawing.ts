/** What a measure looks like: its lines, its handles and the words beside it. */

import type { Affine } from "./affine";
import { endsOf } from "./ellipse";
import { handlesOf, type Measure } from "./measure";
import { type Point, svg, words } from "./overlay";

const NEAR_LINE_PX = 6;
const LINE_HEIGHT = 16;
const HANDLE_RADIUS = 4;
const BESIDE = 10;

export function drawnMeasure(measure: Measure, affine: Affine, colour: string, lines: readonly string[]): SVGElement {
  const group = svg("g", { fill: "none", stroke: colour, "stroke-width": 1.5 });
  group.dataset["measure"] = measure.id;
  for (const stroke of strokesOf(measure)) {
    const points = stroke.map((point) => affine.toCanvas(point).map((part) => part.toFixed(2)).join(","));
    group.append(svg("polyline", { points: points.join(" ") }));
  }
  const handles = handlesOf(measure).map((point) => affine.toCanvas(point));
  const taken = measure.by === undefined ? handles : [];
  taken.forEach(([cx, cy], at) => {
    const handle = svg("circle", { cx, cy, r: HANDLE_RADIUS, fill: "#000", "fill-opacity": 0.4 });
    handle.dataset["handle"] = String(at);
    group.append(handle);
  });
  const [x, y] = [Math.max(...handles.map(([x]) => x)) + BESIDE, Math.max(...handles.map(([, y]) => y))];
  lines.forEach((text, at) => group.append(words(text, [x, y + at * LINE_HEIGHT], colour)));
  return group;
}

/** Whether a canvas point lies beside one of the measure's lines. */
export function isBeside(measure: Measure, affine: Affine, at: Point): boolean {
  return strokesOf(measure).some((stroke) => isBesideStroke(stroke.map((point) => affine.toCanvas(point)), at));
}

const ROUND = 64;

/** The lines a measure is drawn with. */
function strokesOf({ kind, points }: Measure): readonly (readonly Point[])[] {
  const [a, b, c, d] = points;
  if (a === undefined || b === undefined) return [];
  if (kind === "bidirectional" && c !== undefined && d !== undefined) return [[a, b], [c, d]];
  if (kind !== "ellipse") return [points];
  const [left, right, top, bottom] = endsOf([a, b]);
  const [x, y] = [(left[0] + right[0]) / 2, (top[1] + bottom[1]) / 2];
  const turns = Array.from({ length: ROUND + 1 }, (_, step) => (2 * Math.PI * step) / ROUND);
  const round = (turn: number): Point => [
    x + (Math.cos(turn) * (right[0] - left[0])) / 2,
    y + (Math.sin(turn) * (bottom[1] - top[1])) / 2,
  ];
  return [turns.map(round)];
}

function isBesideStroke(drawn: readonly Point[], [x, y]: Point): boolean {
  return drawn.slice(1).some(([bx, by], at) => {
    const [ax, ay] = drawn[at] ?? [bx, by];
    const [wx, wy] = [bx - ax, by - ay];
    const squared = wx * wx + wy * wy;
    const share = squared === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * wx + (y - ay) * wy) / squared));
    return Math.hypot(x - ax - share * wx, y - ay - share * wy) <= NEAR_LINE_PX;
  });
}
