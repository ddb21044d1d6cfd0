/** What lies over one plane of the volume: where the other planes cut it, and the findings it passes through. */

import { Affine } from "./affine";
import { type Mark, OverlayLayer, type Point } from "./overlay";
import { PlaneLines } from "./planeLines";
import type { Vector } from "./slices";
import { type Cut, type Section, sectionOf, type Solid } from "./solids";

type ToCanvas = (mm: Vector) => Point;

/** Marks here are in canvas pixels already. */
const AS_IT_IS = new Affine([0, 0], [1, 0], [0, 1]);
const ONLY = 0;

export class PlaneOverlay {
  readonly #lines: PlaneLines;
  readonly #findings: OverlayLayer;

  constructor(element: HTMLElement) {
    this.#lines = new PlaneLines(element);
    this.#findings = new OverlayLayer(element);
  }

  /** Where the other planes cut this one. */
  cross(at: Point): void {
    this.#lines.draw(at);
  }

  /** True where a finding is drawn by its extent. */
  draw(solids: readonly Solid[], cut: Cut, toCanvas: ToCanvas): boolean {
    const sections = solids.map((solid) => ({ solid, section: sectionOf(solid, cut) }));
    this.#findings.set(sections.flatMap(({ solid, section }) => (section === null ? [] : [markOf(solid, section, toCanvas)])));
    this.#findings.draw(ONLY, AS_IT_IS);
    return sections.some(({ section }) => section?.isExtent === true);
  }

  show(isShown: boolean): void {
    this.#lines.show(isShown);
    this.#findings.show(isShown);
  }

  flash(id: string, redraw: () => void): void {
    this.#findings.flash(id, redraw);
  }

  remove(): void {
    this.#lines.remove();
    this.#findings.remove();
  }
}

function markOf({ id, colour, label, isChosen, isDashed }: Solid, section: Section, toCanvas: ToCanvas): Mark {
  return {
    id,
    slice: ONLY,
    colour,
    label,
    isChosen,
    isDashed,
    isExtent: section.isExtent,
    polygons: section.polygons.map((each) => each.map(toCanvas)),
    lines: section.lines.map(([from, to]) => [toCanvas(from), toCanvas(to)] as const),
    place: section.place === null ? null : toCanvas(section.place),
  };
}
