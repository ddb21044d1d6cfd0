/** What is said of a finding, by packages and readers, and what a reader corrects it with. */

/** Patient coordinates, LPS, millimetres. */
export type PatientPoint = readonly [number, number, number];

export interface CodeView {
  value: string;
  scheme: string;
  meaning: string;
  text: string;
}

export interface AxisView {
  start_mm: PatientPoint;
  end_mm: PatientPoint;
  length_mm: number;
}

/** What the package said, whatever a reader made of it since. */
export interface ProposedView {
  concept: CodeView;
  place: string;
  long_axis_mm: number | null;
  short_axis_mm: number | null;
  volume_mm3: number | null;
}

export type Code = Omit<CodeView, "text">;

/** What a reader says of a finding: it stands as a whole. */
export interface Said {
  concept: Code;
  site: Code;
  laterality: Code | null;
  center_mm: PatientPoint | null;
  long_axis: AxisView | null;
  short_axis: AxisView | null;
  volume_mm3: number | null;
  image: { sop_instance_uid: string; frame: number | null } | null;
  note: string;
}

export interface PlaceChoice {
  site: CodeView;
  laterality: CodeView | null;
  text: string;
}

/** How a package's findings were judged here, over the studies signed in the last so many days. */
export interface TrackRecord {
  package: string;
  version: string;
  days: number;
  studies: number;
  judged: number;
  accepted: number;
  false_marks: number;
}

export interface FindingTools {
  types: CodeView[];
  places: PlaceChoice[];
  /** Of the packages' findings that may be seen. */
  axes: { tracking_uid: string; long_axis: AxisView | null; short_axis: AxisView | null }[];
  records: TrackRecord[];
}

/** A figure of the package's card. */
export interface PromisedFigure {
  name: string;
  set_name: string;
  value: number;
  low: number | null;
  high: number | null;
}
