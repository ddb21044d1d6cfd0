/** Where other planes cut the one that is shown: a line across and one down, open in the middle so that nothing is hidden. */

import { layerOver, svg } from "./overlay";

export type Canvas2d = [number, number];

const OPEN_PX = 14;

export class PlaneLines {
  readonly #layer: SVGElement;

  constructor(element: HTMLElement) {
    this.#layer = layerOver(element, "plane-lines");
  }

  draw([x, y]: readonly number[]): void {
    if (x === undefined || y === undefined || !Number.isFinite(x) || !Number.isFinite(y)) return;
    const { width, height } = this.#layer.getBoundingClientRect();
    const parts = [
      [0, y, x - OPEN_PX, y],
      [x + OPEN_PX, y, width, y],
      [x, 0, x, y - OPEN_PX],
      [x, y + OPEN_PX, x, height],
    ] as const;
    const lines = parts.map(([x1, y1, x2, y2]) =>
      svg("line", { x1, y1, x2, y2, stroke: "var(--accent)", "stroke-width": 1, "stroke-opacity": 0.7 }),
    );
    this.#layer.replaceChildren(...lines);
  }

  show(isShown: boolean): void {
    this.#layer.style.display = isShown ? "" : "none";
  }

  remove(): void {
    this.#layer.remove();
  }
}
