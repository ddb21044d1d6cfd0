/** Slices in the order in which the body is walked through, from the metadata of a series (DICOM JSON, PS3.18 F). */

export type Vector = readonly [number, number, number];

export interface Attribute {
  vr: string;
  Value?: readonly unknown[];
  InlineBinary?: string;
  BulkDataURI?: string;
}
export type DicomJson = Readonly<Record<string, Attribute | undefined>>;

/** One picture of a series: a frame of an instance and where it lies. */
export interface Slice {
  sopInstanceUid: string;
  /** 1-based. */
  frame: number;
  instanceNumber: number;
  /** Patient space, LPS, millimetres; null where the instance does not say (radiographs). */
  positionMm: Vector | null;
  /** Direction cosines of a row and a column (PS3.3 C.7.6.2.1.1). */
  rowDirection: Vector | null;
  columnDirection: Vector | null;
  metadata: DicomJson;
}

export interface SliceStack {
  slices: readonly Slice[];
  /** Where each slice lies, in the order of `slices`; null where a series has no common normal. */
  course: Course | null;
  /** Median gap along the normal; null where there is none. */
  spacingMm: number | null;
  /** A gap differs from the median by more than a tenth: slices may be missing. */
  isUneven: boolean;
}

/** The way along which a stack walks through the body. */
export interface Course {
  /** Unit vector, LPS, towards head, front or right. */
  normal: Vector;
  /** Millimetres along the normal, falling. */
  placesMm: readonly number[];
  /** Frame of Reference UID (PS3.3 C.7.4.1): only within one do places of two series mean the same. */
  frameOfReference: string;
}

const UNEVEN_SHARE = 0.1;
const TOLERANCE_MM = 0.1;
/** Directions that are equal but for rounding: then the later axis counts, head to foot before the others. */
const TIE = 1e-6;

function numbers(of: DicomJson, tag: string): number[] {
  return (of[tag]?.Value ?? []).map(Number);
}

function vector(values: readonly number[]): Vector | null {
  const [x, y, z] = values;
  if (x === undefined || y === undefined || z === undefined || ![x, y, z].every(Number.isFinite)) return null;
  return [x, y, z];
}

export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** The items of a sequence; where it is absent, none. */
function items(of: DicomJson | undefined, tag: string): readonly DicomJson[] {
  return (of?.[tag]?.Value ?? []) as readonly DicomJson[];
}

/** Every frame of an instance; enhanced objects say position and orientation frame by frame (PS3.3 C.7.6.16). */
function framesOf(metadata: DicomJson): Slice[] {
  const count = Math.max(1, numbers(metadata, "00280008")[0] ?? 1);
  const shared = items(metadata, "52009229")[0];
  const perFrame = items(metadata, "52009230");
  return Array.from({ length: count }, (_, index) => {
    const own = perFrame[index];
    const position = items(own, "00209113")[0] ?? items(shared, "00209113")[0] ?? metadata;
    const orientation = items(own, "00209116")[0] ?? items(shared, "00209116")[0] ?? metadata;
    const cosines = numbers(orientation, "00200037");
    return {
      sopInstanceUid: String(metadata["00080018"]?.Value?.[0] ?? ""),
      frame: index + 1,
      instanceNumber: numbers(metadata, "00200013")[0] ?? 0,
      positionMm: vector(numbers(position, "00200032")),
      rowDirection: vector(cosines.slice(0, 3)),
      columnDirection: vector(cosines.slice(3, 6)),
      metadata,
    };
  });
}

/**
 * Slices by position along their common normal, as films are hung: axial from head to foot, coronal from front to back,
 * sagittal from right to left. Where positions are missing or orientations differ, by instance number and frame.
 * Source: PS3.3 C.7.6.2.1.1.
 */
export function sliceStack(instances: readonly DicomJson[]): SliceStack {
  const slices = instances.filter((each) => numbers(each, "00280010").length > 0).flatMap(framesOf);
  const along = alongNormal(slices);
  if (along === null) {
    const numbered = slices.slice().sort((a, b) => a.instanceNumber - b.instanceNumber || a.frame - b.frame);
    return { slices: numbered, course: null, spacingMm: null, isUneven: false };
  }
  const { normal, places } = along;
  const order = slices.map((_, index) => index).sort((a, b) => (places[b] ?? 0) - (places[a] ?? 0));
  const gaps = order.slice(1).map((at, index) => (places[order[index] ?? 0] ?? 0) - (places[at] ?? 0));
  const median = gaps.slice().sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? null;
  const tolerance = Math.max(TOLERANCE_MM, UNEVEN_SHARE * (median ?? 0));
  return {
    slices: order.map((index) => slices[index] as Slice),
    course: {
      normal,
      placesMm: order.map((index) => places[index] ?? 0),
      frameOfReference: String(slices[0]?.metadata["00200052"]?.Value?.[0] ?? ""),
    },
    spacingMm: median,
    isUneven: median !== null && gaps.some((gap) => Math.abs(gap - median) > tolerance),
  };
}

/** Millimetres along the normal of the first slice, turned so that its largest part points to head, front or right. */
function alongNormal(slices: readonly Slice[]): { normal: Vector; places: number[] } | null {
  const first = slices[0];
  if (first?.rowDirection == null || first.columnDirection == null) return null;
  const raw = cross(first.rowDirection, first.columnDirection);
  const axis = raw.reduce((best, each, at) => (Math.abs(each) > Math.abs(raw[best] ?? 0) - TIE ? at : best), 0);
  const isTowards = axis === 2 ? raw[2] > 0 : (raw[axis] ?? 0) < 0;
  const sign = isTowards ? 1 : -1;
  const normal: Vector = [sign * raw[0], sign * raw[1], sign * raw[2]];
  const places: number[] = [];
  for (const slice of slices) {
    if (slice.positionMm === null || slice.rowDirection === null || slice.columnDirection === null) return null;
    if (Math.abs(dot(cross(slice.rowDirection, slice.columnDirection), raw)) < 0.99) return null;
    places.push(dot(slice.positionMm, normal));
  }
  return { normal, places };
}

/** Where a direction points in the patient: `L` or, oblique, `LP` (PS3.3 C.7.6.1.1.1); at most the two largest parts. */
export function sideLetters(direction: Vector): string {
  const letters: readonly (readonly [string, string])[] = [
    ["L", "R"],
    ["P", "A"],
    ["H", "F"],
  ];
  return direction
    .map((part, axis) => ({ size: Math.abs(part), letter: letters[axis]?.[part > 0 ? 0 : 1] ?? "" }))
    .filter(({ size }) => size > 0.2)
    .sort((a, b) => b.size - a.size)
    .slice(0, 2)
    .map(({ letter }) => letter)
    .join("");
}

/** The functional group of the slice's own frame, else the one all frames share (PS3.3 C.7.6.16). */
export function functional(slice: Slice, tag: string): DicomJson | undefined {
  const item = (of: DicomJson | undefined, name: string, at: number): DicomJson | undefined =>
    of?.[name]?.Value?.[at] as DicomJson | undefined;
  return (
    item(item(slice.metadata, "52009230", slice.frame - 1), tag, 0) ?? item(item(slice.metadata, "52009229", 0), tag, 0)
  );
}
