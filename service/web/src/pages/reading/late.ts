import type { SeriesSummary } from "../../viewer/dicomweb";

/** Images came after the series were read. */
export function isLate(
  read: readonly SeriesSummary[] | undefined,
  told: readonly { series_instance_uid: string; instance_count: number; has_images: boolean }[] | undefined,
): boolean {
  if (read === undefined || told === undefined) return false;
  return told.some(
    (each) => each.has_images && each.instance_count > (read.find(({ uid }) => uid === each.series_instance_uid)?.instances ?? 0),
  );
}
