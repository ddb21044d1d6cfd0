/** Measures over one image area: drawn, taken by their handles, moved; the same with both renderers. */

import type { Affine } from "./affine";
import type { Pixels } from "./ellipse";
import {
  clicksOf,
  type Figures,
  figuresOf,
  handlesOf,
  isWhole,
  LEAST_DRAWN_PX,
  type Measure,
  type MeasureKind,
  newId,
  type OnImage,
  pointsFrom,
  shifted,
  withHandle,
} from "./measure";
import { drawnMeasure, isBeside } from "./measureDrawing";
import { layerOver, type Point } from "./overlay";
import type { Spacing } from "./plane";

/** The image that is shown now, and how it lies on the canvas. */
export interface Canvas {
  image: OnImage;
  affine: Affine;
  spacing: Spacing;
  pixels: Pixels | null;
  /** Of the stored values; empty where the image does not say. */
  valueUnit: string;
}

/** What the next stroke makes. A finding's is drawn in one stroke, and a click without a stroke says its place. */
export interface Pencil {
  kind: MeasureKind;
  makes: "measure" | "finding";
}

export interface MeasureListeners {
  /** Drawn, or changed and let go. */
  onSet: (measure: Measure) => void;
  /** While it is drawn or dragged. */
  onMoving: (measure: Measure) => void;
  /** Where a finding was pointed at. */
  onPlace: (image: OnImage, place: Point) => void;
  /** The lines of words beside a measure. */
  says: (figures: Figures, valueUnit: string) => string[];
}

/** The measure of the finding that is being corrected or added. */
export const DRAFT = "draft";
const NEAR_HANDLE_PX = 10;
const COLOUR = "#ffe08a";
export const DRAFT_COLOUR = "#4fd1c5";
const OTHERS_COLOUR = "#a3adb9";

interface Drag {
  measure: Measure;
  /** Which handle; null where the whole is moved. */
  handle: number | null;
  last: Point;
}

/** A measure whose points are not all set: `floating` follows the pointer. */
interface Unfinished {
  measure: Measure;
  set: readonly Point[];
  floating: Point;
  pressedAt: Point;
  /** The first point was clicked, not stroked: the next one is clicked too. */
  isClicked: boolean;
}

export class MeasureLayer {
  readonly #layer: SVGElement;
  #measures: readonly Measure[] = [];
  #pencil: Pencil | null = null;
  #drag: Drag | null = null;
  #unfinished: Unfinished | null = null;
  #isShown = true;
  #figures = new WeakMap<Measure, Figures>();

  /** canvas: what is shown at this moment, null while nothing is. */
  constructor(
    private readonly element: HTMLElement,
    private readonly canvas: () => Canvas | null,
    private readonly listeners: MeasureListeners,
  ) {
    this.#layer = layerOver(element, "measure-layer");
    element.addEventListener("pointerdown", this.#pressed, { capture: true });
    element.addEventListener("pointermove", this.#moved);
    element.addEventListener("pointerup", this.#released);
    element.addEventListener("pointercancel", this.#released);
    element.addEventListener("touchstart", this.#touched, { capture: true });
  }

  remove(): void {
    this.element.removeEventListener("pointerdown", this.#pressed, { capture: true });
    this.element.removeEventListener("pointermove", this.#moved);
    this.element.removeEventListener("pointerup", this.#released);
    this.element.removeEventListener("pointercancel", this.#released);
    this.element.removeEventListener("touchstart", this.#touched, { capture: true });
    this.#layer.remove();
  }

  set(measures: readonly Measure[]): void {
    this.#measures = measures;
    this.draw();
  }

  /** What a stroke makes from now on; null leaves strokes to other tools, but for the handles. */
  take(pencil: Pencil | null): void {
    this.#pencil = pencil;
    this.#unfinished = null;
    this.element.style.cursor = pencil === null ? "" : "crosshair";
    this.draw();
  }

  show(isShown: boolean): void {
    this.#isShown = isShown;
    this.draw();
  }

  draw(): void {
    this.#layer.replaceChildren();
    const canvas = this.canvas();
    if (canvas === null || !this.#isShown) return;
    for (const measure of this.#onImage(canvas)) {
      const words = this.#words(measure, canvas);
      const lines = measure.by === undefined ? words : [...words, measure.by];
      this.#layer.append(drawnMeasure(measure, canvas.affine, colourOf(measure), lines));
    }
  }

  #onImage({ image }: Canvas): Measure[] {
    const moving = this.#drag?.measure ?? this.#unfinished?.measure;
    const others = this.#measures.filter((each) => each.id !== moving?.id);
    return [...others, ...(moving === undefined ? [] : [moving])].filter(
      (each) => each.sopInstanceUid === image.sopInstanceUid && each.frame === image.frame,
    );
  }

  readonly #pressed = (event: PointerEvent): void => {
    const canvas = this.canvas();
    const at = canvas === null ? null : this.#pixel(canvas, event);
    if (event.button !== 0 || canvas === null || at === null) return;
    if (this.#unfinished !== null) {
      this.#unfinished = { ...this.#unfinished, pressedAt: this.#place(event) };
      this.#follow(canvas, at);
    } else if (!this.#takenUp(canvas, event, at)) {
      if (this.#pencil === null) return;
      this.#begin(canvas, this.#pencil, this.#place(event), at);
    }
    event.preventDefault(); // no mousedown follows, which Cornerstone's tools listen to
    event.stopPropagation();
    this.element.setPointerCapture(event.pointerId);
  };

  readonly #touched = (event: TouchEvent): void => {
    if (this.#drag !== null || this.#unfinished !== null) event.stopPropagation();
  };

  readonly #moved = (event: PointerEvent): void => {
    const canvas = this.canvas();
    if (canvas === null || (this.#drag === null && this.#unfinished === null)) return;
    const at = this.#pixel(canvas, event);
    if (at === null) return;
    if (this.#drag !== null) this.#dragTo(canvas, at);
    else this.#follow(canvas, at);
  };

  readonly #released = (event: PointerEvent): void => {
    const canvas = this.canvas();
    if (this.#drag !== null) {
      const { measure } = this.#drag;
      this.#drag = null;
      this.listeners.onSet(measure);
    } else if (this.#unfinished !== null && canvas !== null) {
      this.#setPoint(canvas, event);
    }
    this.draw();
  };

  #begin(canvas: Canvas, pencil: Pencil, pressedAt: Point, at: Point): void {
    const id = pencil.makes === "finding" ? DRAFT : newId();
    const measure: Measure = { id, kind: pencil.kind, ...canvas.image, points: [at] };
    this.#unfinished = { measure, set: [at], floating: at, pressedAt, isClicked: false };
  }

  #follow({ spacing }: Canvas, at: Point): void {
    const now = this.#unfinished;
    if (now === null) return;
    const points = pointsFrom(now.measure.kind, [...now.set, at], spacing);
    this.#unfinished = { ...now, floating: at, measure: { ...now.measure, points } };
    if (isWhole(this.#unfinished.measure)) this.listeners.onMoving(this.#unfinished.measure);
    this.draw();
  }

  /** A stroke or a click ended: its point is set, unless it is the first point's own click. */
  #setPoint(canvas: Canvas, event: PointerEvent): void {
    const now = this.#unfinished;
    if (now === null) return;
    const [x, y] = this.#place(event);
    const isStroke = Math.hypot(x - now.pressedAt[0], y - now.pressedAt[1]) >= LEAST_DRAWN_PX;
    if (now.set.length === 1 && !isStroke && !now.isClicked) {
      this.#unfinished = { ...now, isClicked: true };
      if (this.#pencil?.makes !== "finding") return;
      this.#unfinished = null;
      this.listeners.onPlace(canvas.image, now.set[0] ?? now.floating);
      return;
    }
    const set = [...now.set, now.floating];
    if (set.length < clicksOf(now.measure.kind)) {
      this.#unfinished = { ...now, set };
      return;
    }
    this.#unfinished = null;
    this.listeners.onSet({ ...now.measure, points: pointsFrom(now.measure.kind, set, canvas.spacing) });
  }

  /** Takes a handle or a line that lies below the pointer. */
  #takenUp(canvas: Canvas, event: PointerEvent, at: Point): boolean {
    if (!this.#isShown) return false;
    const below = this.#place(event);
    const near = (point: Point): number => {
      const [x, y] = canvas.affine.toCanvas(point);
      return Math.hypot(x - below[0], y - below[1]);
    };
    const onImage = this.#onImage(canvas).filter((each) => isWhole(each) && each.by === undefined);
    const handles = onImage.flatMap((measure) =>
      handlesOf(measure).map((point, handle) => ({ measure, handle, away: near(point) })),
    );
    const nearest = handles.sort((a, b) => a.away - b.away)[0];
    if (nearest !== undefined && nearest.away <= NEAR_HANDLE_PX) {
      this.#drag = { measure: nearest.measure, handle: nearest.handle, last: at };
      return true;
    }
    const line = onImage.find((measure) => isBeside(measure, canvas.affine, below));
    if (line !== undefined) this.#drag = { measure: line, handle: null, last: at };
    return line !== undefined;
  }

  #dragTo({ spacing }: Canvas, at: Point): void {
    const now = this.#drag;
    if (now === null) return;
    const by: Point = [at[0] - now.last[0], at[1] - now.last[1]];
    const measure =
      now.handle === null ? shifted(now.measure, by) : withHandle(now.measure, now.handle, at, spacing);
    this.#drag = { ...now, measure, last: at };
    this.listeners.onMoving(measure);
    this.draw();
  }

  #place(event: PointerEvent): Point {
    const { left, top } = this.element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  #pixel(canvas: Canvas, event: PointerEvent): Point | null {
    return canvas.affine.toPixel(this.#place(event));
  }

  #words(measure: Measure, { spacing, pixels, valueUnit }: Canvas): string[] {
    const known = this.#figures.get(measure) ?? figuresOf(measure, spacing, pixels);
    if (known === null) return [];
    if (known.kind !== "ellipse" || known.values !== null) this.#figures.set(measure, known);
    return this.listeners.says(known, valueUnit);
  }
}

function colourOf({ id, by }: Measure): string {
  if (id === DRAFT) return DRAFT_COLOUR;
  return by === undefined ? COLOUR : OTHERS_COLOUR;
}
