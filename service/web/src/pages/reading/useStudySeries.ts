import { type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";

import { useReader } from "../../app/session";
import { dicomwebRoot, DicomwebRefused, imageSeries, seriesMetadata, seriesPath, type SeriesSummary } from "../../viewer/dicomweb";
import { type SliceStack, sliceStack } from "../../viewer/slices";

function seriesQuery(hospital: string, study: string) {
  return queryOptions({
    queryKey: ["series", hospital, study],
    queryFn: ({ signal }) => imageSeries(dicomwebRoot(hospital), study, signal),
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

/** Slices of a series in their order, and the path below the hospital's DICOMweb root they are fetched from. */
export function useStack(
  hospital: string,
  study: string,
  series: string,
): { path: string; stack: SliceStack | undefined; readAt: number; fault: unknown } {
  const reader = useReader();
  const path = seriesPath(study, series);
  const { data, error, dataUpdatedAt } = useQuery({
    queryKey: ["metadata", hospital, path],
    queryFn: async ({ signal }) => sliceStack(await seriesMetadata(dicomwebRoot(hospital), path, signal)),
    enabled: !reader.locked,
    staleTime: Infinity,
    retry: isWorthRetrying,
    structuralSharing: false,
  });
  return { path, stack: data, readAt: dataUpdatedAt, fault: error };
}

/** Reads anew what was there when the study was opened: images came later. */
export async function readAnew(client: QueryClient, hospital: string): Promise<void> {
  await client.invalidateQueries({ queryKey: ["series", hospital] });
  await client.invalidateQueries({ queryKey: ["metadata", hospital] });
}

export function isMissing(fault: unknown): boolean {
  return fault instanceof DicomwebRefused && (fault.status === 404 || fault.status === 403);
}

function isWorthRetrying(count: number, fault: unknown): boolean {
  return count < 2 && !isMissing(fault);
}
