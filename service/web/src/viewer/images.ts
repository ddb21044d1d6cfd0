/** How Cornerstone names the frames of a series, and what it is told of each before it asks for pixels. */

import { imageLoader, type Types } from "@cornerstonejs/core";
import { wadors } from "@cornerstonejs/dicom-image-loader";

import { copies, loadWith } from "./copies";
import type { Slice } from "./slices";
import { withDrawableWindows } from "./windowTold";

/** The loader's own name for the same DICOM JSON. */
type LoaderMetadata = Parameters<typeof wadors.metaDataManager.add>[1];

/** root: the hospital's DICOMweb root; seriesPath: below it. */
export function imageIdOf(root: string, seriesPath: string, slice: Slice): string {
  const frame = `${root}${seriesPath}/instances/${slice.sopInstanceUid}/frames/${slice.frame}`;
  const imageId = `wadors:${location.origin}${frame}`;
  wadors.metaDataManager.add(imageId, withDrawableWindows(slice.metadata) as unknown as LoaderMetadata);
  copies.note(imageId, slice.metadata);
  return imageId;
}

/** An image, decoded. */
export function loadImage(imageId: string): Promise<Types.IImage> {
  return loadWith((each) => imageLoader.loadAndCacheImage(each), imageId);
}

/** Resolves when the image that a stack begins with can be decoded, by a copy or else as stored; where it cannot be had at
 * all, the stack says so itself. */
export async function passOverBrokenCopy(imageId: string | undefined): Promise<void> {
  if (imageId !== undefined && copies.isTaken(imageId)) await Promise.allSettled([loadImage(imageId)]);
}
