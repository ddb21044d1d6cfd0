/** Outlines over the image: one SVG above the canvas, drawn anew with every image. Works with both renderers. */

export type Point = readonly [number, number];

export interface Outline {
  /** Which finding it belongs to; several outlines may share one. */
  id: string;
  /** 0-based place in the stack. */
  slice: number;
  /** Closed polygon in pixel indices (column, row); whole numbers are pixel centres. */
  points: readonly Point[];
  colour: string;
}

const SVG = "http://www.w3.org/2000/svg";

export class OverlayLayer {
  readonly #svg: SVGSVGElement;
  #outlines: readonly Outline[] = [];
  #isShown = true;

  constructor(element: HTMLElement) {
    this.#svg = document.createElementNS(SVG, "svg");
    this.#svg.setAttribute("class", "overlay-layer");
    this.#svg.setAttribute("aria-hidden", "true");
    this.#svg.style.cssText = "position:absolute;inset:0;width:100%;height:100%;pointer-events:none";
    element.append(this.#svg);
  }

  set(outlines: readonly Outline[]): void {
    this.#outlines = outlines;
  }

  show(isShown: boolean): void {
    this.#isShown = isShown;
    this.#svg.style.display = isShown ? "" : "none";
  }

  /** toCanvas: pixel indices to canvas pixels of the viewport as it stands now. */
  draw(slice: number, toCanvas: (point: Point) => Point): void {
    this.#svg.replaceChildren();
    if (!this.#isShown) return;
    for (const outline of this.#outlines) {
      if (outline.slice !== slice) continue;
      const polygon = document.createElementNS(SVG, "polygon");
      const points = outline.points.map((point) => toCanvas(point).map((part) => part.toFixed(2)).join(","));
      polygon.setAttribute("points", points.join(" "));
      polygon.setAttribute("fill", "none");
      polygon.setAttribute("stroke", outline.colour);
      polygon.setAttribute("stroke-width", "1.5");
      polygon.dataset["finding"] = outline.id;
      this.#svg.append(polygon);
    }
  }

  remove(): void {
    this.#svg.remove();
  }
}
