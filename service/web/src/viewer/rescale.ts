/** Stored values to values in their unit, where Cornerstone does it wrong. */

import { metaData, utilities } from "@cornerstonejs/core";
import { wadors } from "@cornerstonejs/dicom-image-loader";

/** How cells become values (PS3.5 8.1.1, PS3.3 C.11.1.1.2): `slope * stored + intercept`. */
export interface Rescale {
  slope: number;
  intercept: number;
  bitsStored: number;
  isSigned: boolean;
  isPet: boolean;
}

type Options = NonNullable<Parameters<typeof wadors.loadImage>[1]>;
type Loading = ReturnType<typeof wadors.loadImage>;
type Loaded = Awaited<Loading["promise"]>;

interface ModalityLut {
  rescaleSlope?: number;
  rescaleIntercept?: number;
}

interface SeriesModule {
  modality?: string;
}

interface PixelModule {
  bitsAllocated?: number;
  bitsStored?: number;
  pixelRepresentation?: number;
}

/**
 * Loads an image. Cornerstone's loader (5.14.0) is wrong of three kinds, which are taken as stored and scaled here:
 * of a slope or intercept that is not whole it puts the stored values into a kind of number that was picked by the scaled
 * ones (2000 becomes 208 where half of it less 1000 fits a byte); signed bytes lose their sign; bits above Bits Stored,
 * where old scanners keep overlays, count as part of the value. A PET that is called
 * scaled the CPU path takes for uptake (SUV), and opens it in a window for that.
 */
export function loadRescaled(imageId: string, options: Options = {} as Options): Loading {
  const { rescaleSlope: slope = 1, rescaleIntercept: intercept = 0 } = told<ModalityLut>("modalityLutModule", imageId);
  const { bitsAllocated = 16, bitsStored = bitsAllocated, pixelRepresentation = 0 } = told<PixelModule>("imagePixelModule", imageId);
  const isPet = told<SeriesModule>("generalSeriesModule", imageId).modality === "PT";
  const rescale: Rescale = { slope, intercept, bitsStored, isSigned: pixelRepresentation === 1, isPet };
  const isWhole = Number.isInteger(slope) && Number.isInteger(intercept);
  if (!isWhole || isPet || (rescale.isSigned && bitsAllocated === 8)) return asStored(imageId, options, rescale);
  const loading = wadors.loadImage(imageId, options);
  const most = Math.max(intercept, slope * (2 ** bitsStored - 1) + intercept);
  const again = (image: Loaded): Loaded | Loading["promise"] =>
    !image.color && image.maxPixelValue > most ? asStored(imageId, options, rescale).promise : image;
  return { ...loading, promise: loading.promise.then(again) };
}

export function scaledBy({ slope, intercept, bitsStored, isSigned }: Omit<Rescale, "isPet">, cells: ArrayLike<number>): Float32Array {
  const above = 32 - bitsStored;
  const stored = isSigned ? (cell: number) => (cell << above) >> above : (cell: number) => (cell << above) >>> above;
  return Float32Array.from(cells, (cell) => slope * stored(cell) + intercept);
}

function told<Module extends object>(module: string, imageId: string): Partial<Module> {
  return (metaData.get(module, imageId) as Partial<Module> | undefined) ?? {};
}

function asStored(imageId: string, options: Options, rescale: Rescale): Loading {
  const loading = wadors.loadImage(imageId, { ...options, preScale: { enabled: false } });
  return { ...loading, promise: loading.promise.then((image) => rescaled(image, rescale)) };
}

/** In place: the image as the loader would have made it. */
function rescaled(image: Loaded, rescale: Rescale): Loaded {
  if (image.color || image.imageFrame === undefined) return image;
  const values = scaledBy(rescale, image.getPixelData());
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  image.imageFrame.pixelData = values;
  return Object.assign(image, {
    dataType: "Float32Array",
    sizeInBytes: values.byteLength,
    minPixelValue: least,
    maxPixelValue: most,
    slope: 1,
    intercept: 0,
    preScale: {
      enabled: true,
      scaled: !rescale.isPet,
      scalingParameters: { rescaleSlope: rescale.slope, rescaleIntercept: rescale.intercept },
    },
    voxelManager: utilities.VoxelManager.createImageVoxelManager({
      scalarData: values, width: image.columns, height: image.rows, numberOfComponents: 1,
    }),
  });
}
