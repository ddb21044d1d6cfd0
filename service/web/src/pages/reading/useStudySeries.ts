import { type QueryClient, queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { RoomProblem } from "../../api/client";
import type { SeriesLine } from "../../api/reading";
import { seriesLines } from "../../api/series";
import { useReader } from "../../app/session";
import { dicomwebRoot, DicomwebRefused, seriesMetadata, seriesPath, type SeriesSummary } from "../../viewer/dicomweb";
import { type Slice, type SliceStack, sliceStack } from "../../viewer/slices";
import type { Cell } from "./layout";

/** The series that can be shown, by series number. */
function imageSeries(lines: readonly SeriesLine[]): SeriesSummary[] {
  const found = lines.filter((each) => each.has_images).map((each) => ({
    uid: each.series_instance_uid,
    modality: each.modality,
    description: each.description,
    number: each.number ?? 0,
    instances: each.instance_count,
  }));
  return found.sort((a, b) => a.number - b.number || a.uid.localeCompare(b.uid));
}

function seriesQuery(hospital: string, study: string) {
  return queryOptions({
    queryKey: ["series", hospital, study],
    queryFn: async ({ signal }) => imageSeries(await seriesLines(hospital, study, signal)),
    // As its slices: what is listed is what is shown, until the reader asks for what came later.
    staleTime: Infinity,
    retry: isWorthRetrying,
  });
}

/** The series of a study that can be shown. */
export function useStudySeries(hospital: string, study: string): { series: SeriesSummary[] | undefined; fault: unknown } {
  const reader = useReader();
  const { data, error } = useQuery({ ...seriesQuery(hospital, study), enabled: !reader.locked });
  return { series: data, fault: error };
}

/** The same for whoever needs them once, when a key is pressed. */
export function readSeries(client: QueryClient, hospital: string, study: string): Promise<SeriesSummary[]> {
  return client.ensureQueryData(seriesQuery(hospital, study));
}

function stackQuery(hospital: string, path: string) {
  return queryOptions({
    queryKey: ["metadata", hospital, path],
    queryFn: async ({ signal }) => sliceStack(await seriesMetadata(dicomwebRoot(hospital), path, signal)),
    staleTime: Infinity,
    retry: isWorthRetrying,
    structuralSharing: false,
  });
}

/** Slices of the series that are shown in another window. */
export function useStacks(hospital: string, shown: readonly Pick<Cell, "study" | "series">[]): Slice[] {
  const { locked } = useReader();
  const queries = shown.map(({ study, series }) => ({ ...stackQuery(hospital, seriesPath(study, series)), enabled: !locked }));
  const stacks = useQueries({ queries, combine: stacksOf });
  return useMemo(() => stacks.flatMap((stack) => stack.slices), [stacks]);
}

function stacksOf(answers: readonly { data: SliceStack | undefined }[]): SliceStack[] {
  return answers.flatMap(({ data }) => data ?? []);
}

/** Slices of a series in their order, and the path below the hospital's DICOMweb root they are fetched from. */
export function useStack(
  hospital: string,
  study: string,
  series: string,
): { path: string; stack: SliceStack | undefined; readAt: number; fault: unknown } {
  const reader = useReader();
  const path = seriesPath(study, series);
  const { data, error, dataUpdatedAt } = useQuery({ ...stackQuery(hospital, path), enabled: !reader.locked });
  return { path, stack: data, readAt: dataUpdatedAt, fault: error };
}

/** Reads anew what was there when the study was opened: images came later. */
export async function readAnew(client: QueryClient, hospital: string): Promise<void> {
  await client.invalidateQueries({ queryKey: ["series", hospital] });
  await client.invalidateQueries({ queryKey: ["metadata", hospital] });
}

export function isMissing(fault: unknown): boolean {
  return (fault instanceof DicomwebRefused || fault instanceof RoomProblem) && (fault.status === 404 || fault.status === 403);
}

function isWorthRetrying(count: number, fault: unknown): boolean {
  return count < 2 && !isMissing(fault);
}
