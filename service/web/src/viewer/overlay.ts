/** Findings over the image: one SVG above the canvas, drawn anew with every image. Works with both renderers. */

import type { Affine } from "./affine";

/** Column and row, or x and y. Whole columns and rows are pixel centres. */
export type Point = readonly [number, number];

/** What is drawn of a finding on one image. */
export interface Mark {
  /** Which finding it belongs to; it has a mark on every image it lies in. */
  id: string;
  /** 0-based place in the stack. */
  slice: number;
  colour: string;
  /** Drawn beside it; empty for none. */
  label: string;
  /** Drawn with a box around it. */
  isChosen: boolean;
  /** Of what does not stand. */
  isDashed: boolean;
  /** The polygon is the box around it and not its outline. */
  isExtent: boolean;
  /** Closed, the first point not repeated. */
  polygons: readonly (readonly Point[])[];
  lines: readonly (readonly [Point, Point])[];
  /** Where something is that was not measured. */
  place: Point | null;
}

const SVG = "http://www.w3.org/2000/svg";
const FLASH_MS = 600;
const WIDTH = 1.5;
const FLASH_WIDTH = 4;
const BOX_MARGIN = 8;
const CROSS_ARM = 7;
const DASHES = "4 3";
const EXTENT_DASHES = "1.5 3";

export function svg(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, typeof value === "number" ? value.toFixed(2) : value);
  }
  return element;
}

/** A layer as large as the element, that takes no pointer. */
export function layerOver(element: HTMLElement, name: string): SVGElement {
  const layer = svg("svg", { class: name, "aria-hidden": "true" });
  layer.style.cssText = "position:absolute;inset:0;width:100%;height:100%;pointer-events:none";
  element.append(layer);
  return layer;
}

/** Words that stay legible on bright and dark pixels. */
export function words(text: string, [x, y]: Point, colour: string): SVGElement {
  const element = svg("text", { x, y, fill: colour, stroke: "#000", "stroke-width": 2, "paint-order": "stroke" });
  element.setAttribute("font-size", "14");
  element.setAttribute("font-weight", "600");
  element.textContent = text;
  return element;
}

export class OverlayLayer {
  readonly #layer: SVGElement;
  #marks = new Map<number, Mark[]>();
  #isShown = true;
  #flashing: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(element: HTMLElement) {
    this.#layer = layerOver(element, "overlay-layer");
  }

  set(marks: readonly Mark[]): void {
    this.#marks = new Map();
    for (const mark of marks) this.#marks.set(mark.slice, [...(this.#marks.get(mark.slice) ?? []), mark]);
  }

  show(isShown: boolean): void {
    this.#isShown = isShown;
    this.#layer.style.display = isShown ? "" : "none";
  }

  /** Draws a finding boldly for a moment. redraw: called when the moment is over. */
  flash(id: string, redraw: () => void): void {
    this.#flashing = id;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#flashing = null;
      redraw();
    }, FLASH_MS);
    redraw();
  }

  draw(slice: number, affine: Affine): void {
    this.#layer.replaceChildren();
    if (!this.#isShown) return;
    for (const mark of this.#marks.get(slice) ?? []) this.#layer.append(this.#drawn(mark, affine));
  }

  remove(): void {
    clearTimeout(this.#timer);
    this.#layer.remove();
  }

  #drawn(mark: Mark, affine: Affine): SVGElement {
    const group = svg("g", { fill: "none", stroke: mark.colour });
    group.setAttribute("stroke-width", String(mark.id === this.#flashing ? FLASH_WIDTH : WIDTH));
    const dashes = mark.isExtent ? EXTENT_DASHES : mark.isDashed ? DASHES : null;
    if (dashes !== null) group.setAttribute("stroke-dasharray", dashes);
    group.dataset["finding"] = mark.id;
    const corners: Point[] = [];
    const placed = (point: Point): Point => {
      const at = affine.toCanvas(point);
      corners.push(at);
      return at;
    };
    for (const polygon of mark.polygons) {
      const points = polygon.map((point) => placed(point).map((part) => part.toFixed(2)).join(","));
      group.append(svg("polygon", { points: points.join(" ") }));
    }
    for (const [from, to] of mark.lines) group.append(line(placed(from), placed(to)));
    if (mark.place !== null) group.append(...cross(placed(mark.place)));
    const [left, top, right, bottom] = bounds(corners);
    if (mark.isChosen && corners.length > 0) {
      const [x, y] = [left - BOX_MARGIN, top - BOX_MARGIN];
      const size = { width: right - left + 2 * BOX_MARGIN, height: bottom - top + 2 * BOX_MARGIN };
      group.append(svg("rect", { x, y, ...size, rx: 2, "stroke-opacity": 0.6, "stroke-width": 1 }));
    }
    if (mark.label !== "" && corners.length > 0) {
      group.append(words(mark.label, [right + BOX_MARGIN + 3, top - BOX_MARGIN + 10], mark.colour));
    }
    return group;
  }
}

function line([x1, y1]: Point, [x2, y2]: Point): SVGElement {
  return svg("line", { x1, y1, x2, y2 });
}

function cross([x, y]: Point): SVGElement[] {
  return [line([x - CROSS_ARM, y], [x + CROSS_ARM, y]), line([x, y - CROSS_ARM], [x, y + CROSS_ARM])];
}

function bounds(points: readonly Point[]): [number, number, number, number] {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
