/** What the image areas know of the study that is read. */

import type { FindingView, KeyImage, PriorView, ReadingView } from "../../api/reading";
import type { HangingView } from "../../api/hanging";
import type { SeriesSummary } from "../../viewer/dicomweb";
import type { Window } from "../../viewer/presets";
import { hungWindow } from "./hanging";
import type { Cell } from "./layout";

export interface Study {
  hospital: string;
  uid: string;
  findings: readonly FindingView[];
  keyImages: readonly KeyImage[];
  priors: readonly PriorView[];
  titleOf: (cell: Cell) => string;
  /** Null for the study that is read. */
  priorDateOf: (cell: Cell) => string | null;
  /** The window the hanging protocol opens it in; null leaves it to the images. */
  windowOf: (cell: Cell) => Window | null;
}

const NO_FINDINGS: readonly FindingView[] = [];
const NO_PRIORS: readonly PriorView[] = [];

interface Known {
  hospital: string;
  uid: string;
  view: ReadingView | undefined;
  keyImages: readonly KeyImage[];
  hung: HangingView | null;
  /** Series known by now, of this study and of priors. */
  seriesOf: (study: string) => readonly SeriesSummary[];
  /** What stands where a series has no name, and before the date of a prior. */
  words: { unnamed: string; prior: string };
}

export function studyOf({ hospital, uid, view, keyImages, hung, seriesOf, words }: Known): Study {
  const priors = view?.priors ?? NO_PRIORS;
  return {
    hospital,
    uid,
    findings: view?.findings ?? NO_FINDINGS,
    keyImages,
    priors,
    titleOf: (cell) => {
      const series = seriesOf(cell.study).find((each) => each.uid === cell.series);
      return series === undefined ? "" : series.description || words.unnamed;
    },
    priorDateOf: (cell) => {
      if (cell.study === uid) return null;
      const prior = priors.find((each) => each.study_instance_uid === cell.study);
      return `${words.prior} ${prior?.study_date ?? ""}`.trim();
    },
    windowOf: (cell) => hungWindow(hung, cell),
  };
}
