/** Counts and shares as they are written: few as counts, many as a percentage with its interval. */

import type { Disagreement, Interval, SideSaid } from "../../api/explore";

/** `91 % (84–95)`. */
export function percent({ value, low, high }: Interval): string {
  return `${whole(value)} % (${whole(low)}–${whole(high)})`;
}

/** `0.27 (0.00–4.24)`. */
export function rate({ value, low, high }: Interval): string {
  return `${value.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
}

/** A share where there are enough for one, else `3 / 7`; nothing where there is nothing to share. */
export function shareOf(share: Interval | null, part: number, all: number): string {
  if (share !== null) return percent(share);
  return all === 0 ? "–" : `${part} / ${all}`;
}

/** So many for each study where there are enough studies, else `3 / 7`; nothing where nobody knows how many. */
export function perStudy(count: number, studies: number | null, least: number): string {
  if (studies === null || studies === 0) return "–";
  return studies < least ? `${count} / ${studies}` : (count / studies).toFixed(2);
}

/** `8.4 × 6.1 mm`. */
export function size(said: SideSaid | null): string {
  if (said === null) return "–";
  const axes = [said.long_axis_mm, said.short_axis_mm].filter((each) => each !== null);
  return axes.length === 0 ? "–" : `${axes.map((each) => each.toFixed(1)).join(" × ")} mm`;
}

/** No finding of a package is certain: neither 1 nor 0 is ever said. */
export function probability(value: number | null): string {
  if (value === null) return "–";
  return value > 0.99 ? ">0.99" : value < 0.01 ? "<0.01" : value.toFixed(2);
}

/** Manufacturer, model and slice thickness, as far as the images say them. */
export function scanner(row: Pick<Disagreement, "manufacturer" | "model_name" | "slice_thickness_mm">): string {
  const thickness = row.slice_thickness_mm === null ? "" : `${Number(row.slice_thickness_mm.toFixed(2))} mm`;
  return [row.manufacturer, row.model_name, thickness].filter((each) => each !== "").join(" · ") || "–";
}

function whole(share: number): string {
  return String(Math.round(100 * share));
}
