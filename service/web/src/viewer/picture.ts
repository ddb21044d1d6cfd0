/** What Cornerstone knows of one picture: where its pixels are drawn, and their values. */

import * as core from "@cornerstonejs/core";

import { Affine } from "./affine";
import type { Pixels } from "./ellipse";
import type { Point } from "./overlay";
import type { Renderer } from "./start";

/** From pixel centres at whole numbers to Cornerstone (5.14.0, measured on a square of known pixels): its image coordinates
 * begin at the first pixel's corner, and its CPU path draws what lies at a world point half a pixel too far up and left. */
const PIXEL_SHIFT: Record<Renderer, Point> = { gpu: [0.5, 0.5], cpu: [1, 1] };
/** Pixels apart from which the direction of rows and columns on the canvas is taken. */
const SPAN_PX = 100;
/** Null before the first picture: the renderers have no place before. */
export function affineOf(stack: core.Types.IStackViewport, imageId: string, renderer: Renderer): Affine | null {
  if ((stack.getImageData() as unknown) === undefined) return null;
  const [column, row] = PIXEL_SHIFT[renderer];
  const [origin, along, down] = ([[0, 0], [SPAN_PX, 0], [0, SPAN_PX]] as const).map((point) => {
    const world = core.utilities.imageToWorldCoords(imageId, [point[0] + column, point[1] + row]);
    return world === undefined ? undefined : stack.worldToCanvas(world);
  });
  if (origin === undefined || along === undefined || down === undefined) return null;
  const step = (to: core.Types.Point2): Point => [
    origin[0] + (to[0] - origin[0]) / SPAN_PX,
    origin[1] + (to[1] - origin[1]) / SPAN_PX,
  ];
  return new Affine(origin, step(along), step(down));
}

/** In the unit of the series; null while the image is not loaded, and for colours. */
export function pixelsOf(imageId: string | undefined): Pixels | null {
  const image = imageId === undefined ? undefined : core.cache.getImage(imageId);
  if (image === undefined || image.color) return null;
  const isScaled = image.preScale?.scaled === true;
  return {
    columns: image.columns,
    rows: image.rows,
    values: image.getPixelData(),
    slope: isScaled ? 1 : image.slope,
    intercept: isScaled ? 0 : image.intercept,
  };
}
