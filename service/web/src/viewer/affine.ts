/** From pixel indices of an image to canvas pixels and back. */

import type { Point } from "./overlay";

export class Affine {
  /** origin: where [0, 0] is drawn; along, down: where [1, 0] and [0, 1] are. */
  constructor(
    private readonly origin: Point,
    private readonly along: Point,
    private readonly down: Point,
  ) {}

  toCanvas([column, row]: Point): Point {
    const [x, y] = this.origin;
    return [
      x + column * (this.along[0] - x) + row * (this.down[0] - x),
      y + column * (this.along[1] - y) + row * (this.down[1] - y),
    ];
  }

  /** Null where the image is drawn as a line or a point. */
  toPixel([x, y]: Point): Point | null {
    const a = this.along[0] - this.origin[0];
    const b = this.down[0] - this.origin[0];
    const c = this.along[1] - this.origin[1];
    const d = this.down[1] - this.origin[1];
    const determinant = a * d - b * c;
    if (Math.abs(determinant) < 1e-9) return null;
    const fromX = x - this.origin[0];
    const fromY = y - this.origin[1];
    return [(d * fromX - b * fromY) / determinant, (a * fromY - c * fromX) / determinant];
  }
}
