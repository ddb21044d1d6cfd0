/** What of the findings holds a signature up, and what it covers. The centre checks the same again. */

import type { FindingView, ReadingView } from "../../../api/reading";

const STANDS: readonly string[] = ["accepted", "corrected", "added"];

export interface SigningFindings {
  stands: FindingView[];
  leftOut: FindingView[];
  /** Not judged, of a high category: each has to be. */
  must: FindingView[];
  /** Not judged, of a low category: closed by one act. */
  rest: FindingView[];
  /** A second reader has not locked what they see, so what some package found is not even shown. */
  waitsForImpression: boolean;
}

export function signing({ findings, waits_for_impression }: Pick<ReadingView, "findings" | "waits_for_impression">): SigningFindings {
  const waiting = findings.filter((each) => each.state.word === "proposed");
  return {
    stands: findings.filter((each) => STANDS.includes(each.state.word)),
    leftOut: findings.filter((each) => !STANDS.includes(each.state.word)),
    must: waiting.filter((each) => each.is_high),
    rest: waiting.filter((each) => !each.is_high),
    waitsForImpression: waits_for_impression,
  };
}
