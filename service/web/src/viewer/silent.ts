import { valueUnitOf } from "./quality";
import { type DicomJson, functional, type Slice } from "./slices";

/**
 * Whether a CT leaves it to whoever shows it which window it is looked at in: values in Hounsfield units and no window,
 * neither of its own nor of its functional groups (PS3.3 C.11.2.1.2, C.7.6.16.2.10). A scout's values have no unit.
 */
export function isSilentOfWindow(slice: Slice): boolean {
  const { metadata } = slice;
  const isScout = (metadata["00080008"]?.Value ?? []).includes("LOCALIZER");
  const said = [metadata, functional(slice, "00289132")].some((each) => hasWindow(each));
  return valueUnitOf(metadata) === "HU" && !isScout && !said;
}

function hasWindow(of: DicomJson | undefined): boolean {
  const first = (tag: string): number => Number(of?.[tag]?.Value?.[0] ?? NaN);
  return Number.isFinite(first("00281050")) && first("00281051") >= 1;
}
