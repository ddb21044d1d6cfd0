/** How Cornerstone names the frames of a series, and what it is told of each before it asks for pixels. */

import { wadors } from "@cornerstonejs/dicom-image-loader";

import type { Slice } from "./slices";

/** The loader's own name for the same DICOM JSON. */
type LoaderMetadata = Parameters<typeof wadors.metaDataManager.add>[1];

/** root: the hospital's DICOMweb root; seriesPath: below it. */
export function imageIdOf(root: string, seriesPath: string, slice: Slice): string {
  const frame = `${root}${seriesPath}/instances/${slice.sopInstanceUid}/frames/${slice.frame}`;
  const imageId = `wadors:${location.origin}${frame}`;
  wadors.metaDataManager.add(imageId, slice.metadata as unknown as LoaderMetadata);
  return imageId;
}
