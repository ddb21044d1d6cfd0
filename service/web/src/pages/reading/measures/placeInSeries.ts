import type { Slice } from "../../../viewer/slices";

/** 1-based, as the image area counts: `slices` may hold those of several series. */
export function placeInSeries(slice: Slice, slices: readonly Slice[]): number {
  const seriesOf = ({ metadata }: Slice): unknown => metadata["0020000E"]?.Value?.[0];
  return slices.filter((each) => seriesOf(each) === seriesOf(slice)).indexOf(slice) + 1;
}
