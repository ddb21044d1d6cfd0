import { useQuery } from "@tanstack/react-query";

import { seriesWindows } from "../../api/windows";
import type { Window } from "../../viewer/presets";
import { isSilentOfWindow } from "../../viewer/silent";
import type { SliceStack } from "../../viewer/slices";
import type { Cell } from "./layout";

/**
 * The window a series opens in where its images name none; null: as they say; undefined while that is being asked. The
 * centre answers by the rule it draws thumbnails by; where it cannot be asked, the range of the values has to do.
 */
export function useFirstWindow(hospital: string, { study, series }: Pick<Cell, "study" | "series">, stack: SliceStack | undefined): Window | null | undefined {
  const middle = stack?.slices[Math.floor(stack.slices.length / 2)];
  const isSilent = middle !== undefined && isSilentOfWindow(middle);
  const { data, isError } = useQuery({
    queryKey: ["windows", hospital, study],
    queryFn: ({ signal }) => seriesWindows(hospital, study, signal),
    enabled: isSilent,
    staleTime: Infinity,
    retry: false,
  });
  if (!isSilent || isError) return null;
  return data === undefined ? undefined : (data.find((each) => each.series_instance_uid === series)?.window ?? null);
}
