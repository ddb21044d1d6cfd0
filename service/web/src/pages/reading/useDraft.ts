import { useMemo, useState } from "react";

import type { CodeView, FindingTools, PatientPoint, PlaceChoice, Said } from "../../api/finding";
import type { FindingView } from "../../api/reading";
import { around, type Axes, distance, withLengths } from "../../viewer/bidirectional";
import type { Measure, OnImage } from "../../viewer/measure";
import { DRAFT } from "../../viewer/measureLayer";
import type { Point } from "../../viewer/overlay";
import { pixelOf, planeOf, spacingOf } from "../../viewer/plane";
import { sizeOf } from "../../viewer/quality";
import type { Slice } from "../../viewer/slices";
import { millimetres } from "./drawing";
import { said } from "./draftSaid";
import type { Pointed } from "./findingMarks";
import { sliceAt } from "./findings";

/** A correction or an addition that is not sent yet. */
export interface Draft {
  action: "correct" | "add";
  /** What is corrected; null for an addition. */
  finding: FindingView | null;
  /** The axes that stand while nothing is measured anew. */
  kept: Pick<Said, "long_axis" | "short_axis">;
  types: readonly CodeView[];
  places: readonly PlaceChoice[];
  /** Places in the lists; -1 while nothing is chosen. */
  type: number;
  place: number;
  long: string;
  short: string;
  note: string;
  /** Its axes, where they are drawn. */
  measure: Measure | null;
  /** Where it is, when nothing is measured. */
  point: Pointed | null;
  /** Drawn or typed anew: then what the package measured stands no more. */
  isMeasured: boolean;
  /** How many strokes and clicks on an image ended: after each the form asks for what is lacking. */
  strokes: number;
}

export interface Drafting {
  draft: Draft | null;
  correct: (finding: FindingView) => void;
  add: () => void;
  close: () => void;
  change: (part: Partial<Pick<Draft, "type" | "place" | "note">>) => void;
  /** Typed lengths: the axes get them as soon as both are numbers. Without axes they are laid into the image that is shown. */
  typed: (part: Partial<Pick<Draft, "long" | "short">>) => void;
  /** Its axes as they are drawn; ended: the stroke was let go. */
  drawn: (measure: Measure) => void;
  ended: (measure: Measure) => void;
  pointed: (image: OnImage, at: Point) => void;
  /** What the draft says as it would be sent; null while it lacks something. */
  said: Said | null;
}

interface Given {
  tools: FindingTools | undefined;
  /** Of every stack that is shown. */
  slices: readonly Slice[];
  /** The image that is looked at. */
  shown: () => Slice | null;
}

/** What the reader says of a finding before it is sent. Drawing and typing are two ways to the same axes. */
export function useDraft({ tools, slices, shown }: Given): Drafting {
  const [draft, setDraft] = useState<Draft | null>(null);
  const change = (part: Partial<Draft>): void => setDraft((now) => (now === null ? null : { ...now, ...part }));
  return {
    draft,
    correct: (finding) => setDraft(correction(finding, tools, slices)),
    add: () => setDraft({ ...EMPTY, action: "add", types: tools?.types ?? [], places: tools?.places ?? [] }),
    close: () => setDraft(null),
    change,
    typed: (part) => setDraft((now) => (now === null ? null : withTyped({ ...now, ...part }, slices, shown()))),
    drawn: (measure) => setDraft((now) => (now === null ? null : withDrawn(now, measure, slices))),
    ended: (measure) => setDraft((now) => (now === null ? null : withStroke(withDrawn(now, measure, slices)))),
    pointed: (image, at) =>
      setDraft((now) => (now === null ? null : withStroke({ ...now, point: { image, at }, measure: null, long: "", short: "", isMeasured: true }))),
    said: useMemo(() => (draft === null ? null : said(draft, slices)), [draft, slices]),
  };
}

const EMPTY: Draft = {
  action: "add",
  finding: null,
  kept: { long_axis: null, short_axis: null },
  types: [],
  places: [],
  type: 0,
  place: -1,
  long: "",
  short: "",
  note: "",
  measure: null,
  point: null,
  isMeasured: false,
  strokes: 0,
};

/** Begins at what stands: the reader's words and axes, else the package's. */
function correction(finding: FindingView, tools: FindingTools | undefined, slices: readonly Slice[]): Draft {
  const types = withOwn(tools?.types ?? [], finding.concept, (each) => each.value);
  const own: PlaceChoice = { site: finding.site, laterality: finding.laterality, text: finding.place };
  const places = withOwn(tools?.places ?? [], own, ({ site, laterality }) => `${site.value} ${laterality?.value ?? ""}`);
  const measured = tools?.axes.find((each) => each.tracking_uid === finding.tracking_uid);
  const [long, short] = [finding.long_axis ?? measured?.long_axis, finding.short_axis ?? measured?.short_axis];
  const slice = finding.image === null ? undefined : slices[sliceAt(slices, finding.image)];
  const plane = slice === undefined ? null : planeOf(slice);
  const pixel = (at: PatientPoint): Point => (plane === null ? [0, 0] : pixelOf(plane, at));
  const axes: Axes | null =
    long == null || short == null || plane === null
      ? null
      : [pixel(long.start_mm), pixel(long.end_mm), pixel(short.start_mm), pixel(short.end_mm)];
  return {
    ...EMPTY,
    action: "correct",
    finding,
    kept: { long_axis: long ?? null, short_axis: short ?? null },
    types: types.list,
    places: places.list,
    type: types.at,
    place: places.at,
    long: finding.long_axis_mm?.toFixed(1) ?? "",
    short: finding.short_axis_mm?.toFixed(1) ?? "",
    note: finding.note,
    measure: axes === null || slice === undefined ? null : onSlice(slice, axes),
  };
}

/** The list with the finding's own entry, which may be another package's word, and where that stands. */
function withOwn<T>(list: readonly T[], own: T, keyOf: (each: T) => string): { list: readonly T[]; at: number } {
  const at = list.findIndex((each) => keyOf(each) === keyOf(own));
  return at === -1 ? { list: [own, ...list], at: 0 } : { list, at };
}

function withDrawn(draft: Draft, measure: Measure, slices: readonly Slice[]): Draft {
  const slice = slices.find((each) => each.sopInstanceUid === measure.sopInstanceUid && each.frame === measure.frame);
  const [a, b, c, d] = measure.points;
  if (slice === undefined || a === undefined || b === undefined || c === undefined || d === undefined) return draft;
  const spacing = spacingOf(slice);
  const lengths = [distance(spacing, a, b), distance(spacing, c, d)].sort((one, other) => other - one);
  const [long, short] = lengths.map((each) => each.toFixed(1));
  return { ...draft, measure, point: null, long: long ?? "", short: short ?? "", isMeasured: true };
}

function withStroke(draft: Draft): Draft {
  return { ...draft, strokes: draft.strokes + 1 };
}

function withTyped(draft: Draft, slices: readonly Slice[], shown: Slice | null): Draft {
  const [long, short] = [millimetres(draft.long), millimetres(draft.short)];
  const typed = { ...draft, isMeasured: true };
  if (long === null || short === null) return typed;
  const now = draft.measure ?? draft.point?.image;
  const slice =
    now === undefined
      ? imageOf(draft.finding, slices, shown)
      : slices.find((each) => each.sopInstanceUid === now.sopInstanceUid && each.frame === now.frame);
  if (slice === undefined) return typed;
  const axes = draft.measure?.points as Axes | undefined;
  const spacing = spacingOf(slice);
  const laid =
    axes === undefined
      ? around(spacing, draft.point?.at ?? centreOf(draft.finding, slice), long, short)
      : withLengths(spacing, axes, long, short);
  return { ...typed, measure: onSlice(slice, laid), point: null };
}

/** The image of the finding that is corrected, else the one that is looked at. */
function imageOf(finding: FindingView | null, slices: readonly Slice[], shown: Slice | null): Slice | undefined {
  return (finding?.image == null ? undefined : slices[sliceAt(slices, finding.image)]) ?? shown ?? undefined;
}

/** Where the finding is said to be, else the middle of the image. */
function centreOf(finding: FindingView | null, slice: Slice): Point {
  const plane = planeOf(slice);
  if (finding?.center_mm != null && plane !== null) return pixelOf(plane, finding.center_mm);
  const { rows, columns } = sizeOf(slice.metadata);
  return [(columns - 1) / 2, (rows - 1) / 2];
}

function onSlice({ sopInstanceUid, frame }: Slice, axes: Axes): Measure {
  return { id: DRAFT, kind: "bidirectional", sopInstanceUid, frame, points: axes };
}
