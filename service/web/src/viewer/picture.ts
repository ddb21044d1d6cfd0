/** What Cornerstone knows of one picture: where its pixels are drawn, and their values. */

import * as core from "@cornerstonejs/core";

import { Affine } from "./affine";
import type { Pixels } from "./ellipse";
import type { Point } from "./overlay";
import { mmOf, planeOf } from "./plane";
import type { Slice } from "./slices";
import type { Renderer } from "./start";

/** What lies at a place in the patient is drawn there by the GPU path, and half a pixel too far up and left by the CPU path
 * (Cornerstone 5.14.0, measured on squares of known pixels). */
const PIXEL_SHIFT: Record<Renderer, number> = { gpu: 0, cpu: 0.5 };
/** Of an image without a place in the patient Cornerstone counts from the first pixel's corner. */
const CORNER = 0.5;
/** Pixels apart from which the direction of rows and columns on the canvas is taken. */
const SPAN_PX = 100;
/** Null before the first picture: the renderers have no place before. */
export function affineOf(stack: core.Types.IStackViewport, imageId: string, slice: Slice, renderer: Renderer): Affine | null {
  if ((stack.getImageData() as unknown) === undefined) return null;
  const plane = planeOf(slice);
  const shift = PIXEL_SHIFT[renderer];
  const [origin, along, down] = ([[0, 0], [SPAN_PX, 0], [0, SPAN_PX]] as const).map(([x, y]) => {
    // Not by Cornerstone's own way where there is another: it takes the spacing of rows for that of columns.
    const world =
      plane === null
        ? core.utilities.imageToWorldCoords(imageId, [x + shift + CORNER, y + shift + CORNER])
        : mmOf(plane, [x + shift, y + shift]);
    return world === undefined ? undefined : stack.worldToCanvas([...world] as core.Types.Point3);
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
  // Not by `scaled`: the CPU path takes that back when it draws values that are not whole by whole ones of its own.
  const isScaled = image.preScale?.scalingParameters !== undefined;
  return {
    columns: image.columns,
    rows: image.rows,
    values: image.getPixelData(),
    slope: isScaled ? 1 : image.slope,
    intercept: isScaled ? 0 : image.intercept,
  };
}
