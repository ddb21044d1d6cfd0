/** What data scientists look at: how packages did on signed studies, and where readers disagreed; nobody's identity. */

import type { PromisedFigure } from "./finding";
import { room } from "./client";
import type { Named, ReadingMode } from "./types";

export type DisagreementKind = "rejected" | "remeasured" | "retyped" | "added";
export type RejectionReason = "vessel" | "artefact" | "scar" | "normal-anatomy" | "duplicate" | "other";
export type SizeClass = "below-6" | "6-to-10" | "10-to-20" | "20-and-more" | "unmeasured";
export type PictureWindow = "lung" | "soft" | "bone" | "own";

export const KINDS: readonly DisagreementKind[] = ["rejected", "remeasured", "retyped", "added"];
export const REASONS: readonly RejectionReason[] = ["vessel", "artefact", "scar", "normal-anatomy", "duplicate", "other"];
export const WINDOWS: readonly PictureWindow[] = ["own", "lung", "soft", "bone"];

export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** Shares are null where there are too few to say one. studies: null where the group does not tell them apart. */
export interface Tally {
  group: string;
  studies: number | null;
  proposed: number;
  judged: number;
  accepted: number;
  corrected: number;
  false_marks: number;
  uncertain: number;
  unjudged: number;
  added: number;
  accepted_share: Interval | null;
  found_share: Interval | null;
}

export interface PackagePromise {
  type: string;
  threshold: number;
  sensitivity: Interval;
  false_positives_per_scan: Interval;
  measured_on: string;
}

export interface PackageRecord {
  package: string;
  version: string;
  title: string;
  use_status: string;
  total: Tally;
  rejected: Partial<Record<RejectionReason, number>>;
  by_size: (Tally & { group: SizeClass })[];
  by_mode: (Tally & { group: ReadingMode })[];
  by_manufacturer: Tally[];
  promises: PackagePromise[];
  figures: PromisedFigure[];
}

export interface RecordPage {
  packages: PackageRecord[];
  hospitals: Named[];
  least_for_a_share: number;
}

/** What the package or the reader says of a finding. type: null for one outside the code table. */
export interface SideSaid {
  type: string | null;
  place: string | null;
  long_axis_mm: number | null;
  short_axis_mm: number | null;
}

/** study: a pseudonym of this centre. signed: year and month. pictures: how many images there are of it. */
export interface Disagreement {
  id: string;
  study: string;
  hospital: Named;
  signed: string;
  package: string;
  version: string;
  kind: DisagreementKind;
  reason: RejectionReason | null;
  mode: ReadingMode;
  probability: number | null;
  by_package: SideSaid | null;
  by_reader: SideSaid | null;
  modality: string;
  manufacturer: string;
  model_name: string;
  slice_thickness_mm: number | null;
  pictures: number;
}

export interface DisagreementPage {
  items: Disagreement[];
  next: string | null;
}

/** What stands in the address. days: `30`, `90`, `365`, `all`, or `own` for since and until (days, until excluded). */
export interface ExploreFilter {
  view?: string;
  hospital?: string;
  days?: string;
  since?: string;
  until?: string;
  of?: string;
  kind?: string;
  reason?: string;
}

export const EXPLORE_FIELDS = ["view", "hospital", "days", "since", "until", "of", "kind", "reason"] as const;
export const PERIODS = ["30", "90", "365", "all", "own"] as const;
export const USUAL_DAYS = "90";
const DAY_MS = 86_400_000;
const PAGE_ROWS = 50;

export function recordPage(filter: ExploreFilter, signal?: AbortSignal): Promise<RecordPage> {
  return room.get<RecordPage>(`/explore/record?${studiesOf(filter)}`, signal);
}

export function disagreementPage(
  filter: ExploreFilter,
  after: string | null,
  signal?: AbortSignal,
): Promise<DisagreementPage> {
  const query = wanted(filter);
  query.set("limit", String(PAGE_ROWS));
  if (after !== null) query.set("after", after);
  return room.get<DisagreementPage>(`/explore/disagreements?${query}`, signal);
}

export function fileAddress(filter: ExploreFilter, form: "csv" | "jsonl"): string {
  const query = wanted(filter);
  query.set("form", form);
  return `/room/v1/explore/disagreements-file?${query}`;
}

export function pictureAddress(id: string, number: number, shown: PictureWindow): string {
  return `/room/v1/explore/disagreements/${id}/pictures/${number}?window=${shown}`;
}

/** A package and its version as one value of a choice. */
export function versionKey(record: Pick<PackageRecord, "package" | "version">): string {
  return `${record.package} ${record.version}`;
}

function studiesOf({ hospital, days, since, until }: ExploreFilter, now = Date.now()): URLSearchParams {
  const query = new URLSearchParams();
  if (hospital !== undefined && hospital !== "") query.set("hospital", hospital);
  if (days === "own") {
    for (const [name, day] of [["since", since], ["until", until]] as const) {
      if (day !== undefined && day !== "") query.set(name, new Date(`${day}T00:00`).toISOString());
    }
  } else if (days !== "all") {
    query.set("since", new Date(now - Number(days ?? USUAL_DAYS) * DAY_MS).toISOString());
  }
  return query;
}

function wanted(filter: ExploreFilter): URLSearchParams {
  const query = studiesOf(filter);
  const [name, version] = (filter.of ?? "").split(" ");
  const given = { package: name, version, kind: filter.kind, reason: filter.reason };
  for (const [field, value] of Object.entries(given)) {
    if (value !== undefined && value !== "") query.set(field, value);
  }
  return query;
}
