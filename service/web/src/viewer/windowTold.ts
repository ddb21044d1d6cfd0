/** The windows of an image as they can be drawn. */

import type { Attribute, DicomJson } from "./slices";

const CENTRE = "00281050";
const WIDTH = "00281051";
const FUNCTION = "00281056";
const VOI_OF_FRAME = "00289132";
const SHARED_GROUPS = "52009229";
const FRAME_GROUPS = "52009230";
/** A window of 1 is a threshold, which the GPU path (Cornerstone 5.14.0) draws as black. */
const LEAST_WIDTH = 2;

/** The same metadata, where no window is left that nothing can be drawn with: PS3.3 C.11.2.1.2 asks for a width of 1 or
 * more, and Cornerstone turns black and white over for less. */
export function withDrawableWindows(metadata: DicomJson): DicomJson {
  const made = drawable(metadata);
  return [SHARED_GROUPS, FRAME_GROUPS].reduce((of, tag) => each(of, tag, (group) => each(group, VOI_OF_FRAME, drawable)), made);
}

function drawable(of: DicomJson): DicomJson {
  const widths = of[WIDTH]?.Value;
  if (widths === undefined || (of[FUNCTION]?.Value?.[0] ?? "LINEAR") !== "LINEAR") return of;
  const first = Number(widths[0]);
  if (first >= LEAST_WIDTH) return of;
  if (first >= 1) return { ...of, [WIDTH]: { vr: "DS", Value: [LEAST_WIDTH, ...widths.slice(1)] } };
  const { [CENTRE]: _centre, [WIDTH]: _width, ...rest } = of;
  return rest;
}

/** The same with every item of a sequence changed. */
function each(of: DicomJson, tag: string, change: (item: DicomJson) => DicomJson): DicomJson {
  const sequence: Attribute | undefined = of[tag];
  if (sequence?.Value === undefined) return of;
  return { ...of, [tag]: { ...sequence, Value: (sequence.Value as readonly DicomJson[]).map(change) } };
}
