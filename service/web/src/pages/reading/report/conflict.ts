/** Two hands wrote in one draft: what they can be put together to, and what somebody has to decide. */

import type { KeyImage, ReadingView, ReportContent, ReportView } from "../../../api/reading";
import { contentOf, FIELDS, saysTheSame } from "../../../api/report";
import type { Base, DraftCalls } from "./draftState";
import { merged } from "./keyImages";
import { standsAfter } from "./outbox";

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

/** How one's own text can go on beside a version of somebody else: in it, once that is taken back, as an amendment; null: not at all. */
export type Way = "continue" | "takeBack" | "amend" | null;

const WAYS: Readonly<Record<string, Way>> = { preliminary: "takeBack", signed: null, provisional: null, released: "amend" };

/** A version that ended before its release, or was withdrawn, leaves room for the next one. */
export function wayBeside({ state }: Pick<ReportView, "state">): Way {
  const way = WAYS[state.word];
  return way === undefined ? "continue" : way;
}

/** Whether nobody goes on with this version and it is not the hospital's: what is written next is another one. */
export function hasEnded(version: Pick<ReportView, "state">): boolean {
  return version.state.word !== "draft" && wayBeside(version) === "continue";
}

/** Takes back what was submitted; null where somebody was quicker. */
export async function takenBack(calls: Pick<DraftCalls, "reopen">, edition: number): Promise<ReadingView | null> {
  try {
    return await calls.reopen(edition);
  } catch (fault) {
    if (standsAfter(fault) === null) return null;
    throw fault;
  }
}

/** The version to be compared with: the open one, else the one that is out, else the newest. */
export function standingVersion({ report, versions }: ReadingView): ReportView | undefined {
  return report ?? versions.find((each) => each.state.word === "released") ?? versions[versions.length - 1];
}

export function baseOf(report: ReportView): Base {
  return { id: report.id, edition: report.edition, content: contentOf(report) };
}
