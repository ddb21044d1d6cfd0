import { useQuery } from "@tanstack/react-query";

import { seriesWindows } from "../../api/windows";
import type { Window } from "../../viewer/presets";
import { isSilentOfWindow } from "../../viewer/silent";
import type { SliceStack } from "../../viewer/slices";
import type { Cell } from "./layout";
import type { Study } from "./study";

/**
 * The window a series opens in: that of the hanging protocol, or one for images that name none; null: as they say;
 * undefined while that is being asked. The centre answers by the rule it draws thumbnails by; where it cannot be asked,
 * the range of the values has to do.
 */
export function useFirstWindow(
  { hospital, windowOf }: Pick<Study, "hospital" | "windowOf">,
  cell: Cell,
  stack: SliceStack | undefined,
): Window | null | undefined {
  const { study, series } = cell;
  const hung = windowOf(cell);
  const middle = stack?.slices[Math.floor(stack.slices.length / 2)];
  const isSilent = hung === null && middle !== undefined && isSilentOfWindow(middle);
  const { data, isError } = useQuery({
    queryKey: ["windows", hospital, study],
    queryFn: ({ signal }) => seriesWindows(hospital, study, signal),
    enabled: isSilent,
    staleTime: Infinity,
    retry: false,
  });
  if (!isSilent || isError) return hung;
  return data === undefined ? undefined : (data.find((each) => each.series_instance_uid === series)?.window ?? null);
}
