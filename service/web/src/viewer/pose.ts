/** How the images of a stack lie in their element: filling it or enlarged, flipped, turned. */

import * as core from "@cornerstonejs/core";

import { directionsOf, type Sides, sidesOf } from "./orientation";
import type { Point } from "./overlay";
import type { Slice } from "./slices";

/** How far apart in the image two points are whose places on the screen tell its direction. */
const STEP_PX = 100;
/** A zoom within this share of filling the element counts as filling it. */
const ENLARGED = 0.01;

export class Pose {
  /** The zoom at which the image fills its element; null while there is no image. */
  #filling: number | null = null;
  #isFlipped = false;
  /** Degrees clockwise. */
  #turned = 0;

  constructor(private readonly stack: core.Types.IStackViewport) {}

  /** Images were shown, filling the element. */
  start(): void {
    this.#filling = this.stack.getZoom();
    this.#apply();
  }

  get zoomPercent(): number {
    return Math.round((100 * this.stack.getZoom()) / (this.#filling ?? this.stack.getZoom()));
  }

  /** Left and right change places. */
  flip(): void {
    this.#isFlipped = !this.#isFlipped;
    this.#apply();
  }

  /** A quarter clockwise. */
  rotate(): void {
    this.#turned = (this.#turned + 90) % 360;
    this.#apply();
  }

  reset(): void {
    this.#isFlipped = false;
    this.#turned = 0;
    this.stack.resetCamera();
    this.#apply();
  }

  /** resize: gives the element another size. What filled it fills it again, what was enlarged stays as much enlarged. */
  keepThrough(resize: () => void): void {
    const enlarged = this.#filling === null ? 1 : this.stack.getZoom() / this.#filling;
    resize();
    if (this.#filling === null) return;
    this.stack.resetCamera();
    this.#filling = this.stack.getZoom();
    if (Math.abs(enlarged - 1) > ENLARGED) this.stack.setZoom(enlarged * this.#filling);
    this.#apply();
  }

  /** Where the image's own directions go on the screen, asked of the renderer; one that has an image already. */
  sides(imageId: string | undefined, slice: Slice | undefined): Sides | null {
    const directions = slice === undefined ? null : directionsOf(slice);
    if (imageId === undefined || directions === null) return null;
    const [origin, along, down] = ([[0, 0], [STEP_PX, 0], [0, STEP_PX]] as const).map((point) => {
      const world = core.utilities.imageToWorldCoords(imageId, [...point]);
      return world === undefined ? null : this.stack.worldToCanvas(world);
    });
    if (origin == null || along == null || down == null) return null;
    const from = (to: core.Types.Point2): Point => [to[0] - origin[0], to[1] - origin[1]];
    return sidesOf(...directions, from(along), from(down));
  }

  #apply(): void {
    this.stack.setCamera({ flipHorizontal: this.#isFlipped });
    this.stack.setViewPresentation({ rotation: this.#turned });
  }
}
