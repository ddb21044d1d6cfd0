/** Which earlier examination, and which of its series, is laid beside the present one. */

import type { PriorView } from "../../api/reading";
import type { SeriesSummary } from "../../viewer/dicomweb";

/** What an examination is of: dates as 2026-11-28, empty where the images do not say. */
export interface Examined {
  date: string;
  modality: string;
  bodyPart: string;
}

/**
 * The newest earlier examination of the same modality and body part; where none is of the same body part, the newest of
 * the same modality; none where the modality differs. priors: the newest first.
 */
export function priorFor(of: Examined, priors: readonly PriorView[]): PriorView | undefined {
  const earlier = priors.filter((each) => of.date === "" || (each.study_date ?? "") <= of.date);
  const alike = earlier.filter((each) => each.modalities.includes(of.modality));
  const same = alike.filter((each) => of.bodyPart !== "" && each.body_parts.includes(of.bodyPart));
  return same[0] ?? alike[0];
}

/** The series to lay beside one: the same name, else the most images of the same modality. */
export function seriesBeside(shown: SeriesSummary, offered: readonly SeriesSummary[]): SeriesSummary | undefined {
  const alike = offered.filter((each) => each.modality === shown.modality);
  const named = alike.find((each) => each.description !== "" && each.description === shown.description);
  return named ?? alike.reduce<SeriesSummary | undefined>((best, each) => (best === undefined || each.instances > best.instances ? each : best), undefined);
}
