/** Two hands wrote in one draft: what they can be put together to, and what somebody has to decide. */

import type { KeyImage, ReportContent, ReportView } from "../../../api/reading";
import { contentOf, FIELDS, saysTheSame } from "../../../api/report";
import type { Base } from "./draftState";
import { merged } from "./keyImages";

export type Met =
  | { kind: "same" }
  /** Nothing but key images changed there: there is nothing to decide. */
  | { kind: "images"; keyImages: KeyImage[] }
  /** The text there is another one. */
  | { kind: "text"; keyImages: KeyImage[] };

/** base: what both began from; null where this page began by itself. Marks are put together in any case. */
export function met(base: Base | null, ours: ReportContent, theirs: ReportView): Met {
  if (saysTheSame(contentOf(theirs), ours)) return { kind: "same" };
  const keyImages = merged(base?.content.key_images ?? [], ours.key_images, theirs.key_images);
  const goesOn = base !== null && base.id === theirs.id && theirs.state.word === "draft";
  const isOnlyImages = goesOn && FIELDS.every((field) => base.content.text[field] === theirs.text[field]);
  return { kind: isOnlyImages ? "images" : "text", keyImages };
}

export function baseOf(report: ReportView): Base {
  return { id: report.id, edition: report.edition, content: contentOf(report) };
}
