/** What the reader's acts on findings mean for the page: progress, the next finding, who changed what meanwhile. */

import type { Contour, FindingAction, FindingView, ImagePlace } from "../../api/reading";
import type { Outline } from "../../viewer/overlay";
import type { Slice } from "../../viewer/slices";
import type { IconName } from "../../ui/icons";

const LOOKS: Readonly<Record<string, { icon: IconName; colour: string }>> = {
  proposed: { icon: "brain", colour: "var(--ai)" },
  accepted: { icon: "check", colour: "var(--ok)" },
  corrected: { icon: "pen", colour: "var(--modified)" },
  rejected: { icon: "cross", colour: "var(--rejected)" },
  uncertain: { icon: "eye", colour: "var(--high)" },
  added: { icon: "plus", colour: "var(--added)" },
  removed: { icon: "minus", colour: "var(--rejected)" },
};

/** Icon and colour of a state; a word this page is older than is shown plainly. */
export function findingLook(word: string): { icon: IconName; colour: string } {
  return LOOKS[word] ?? { icon: "minus", colour: "var(--text-1)" };
}

/** The state an act is expected to lead to, shown until the centre answers; null where only the centre knows. */
export function expectedState(action: FindingAction): "accepted" | "rejected" | "uncertain" | null {
  return ({ accept: "accepted", reject: "rejected", doubt: "uncertain", undo: null } as const)[action];
}

export function judgedCount(findings: readonly FindingView[]): number {
  return findings.filter((each) => each.state.word !== "proposed").length;
}

/** The finding `by` places from the chosen one, staying within the list; without a choice the first or the last. */
export function neighbour(findings: readonly FindingView[], chosen: string | null, by: 1 | -1): FindingView | undefined {
  const at = findings.findIndex((each) => each.tracking_uid === chosen);
  if (at === -1) return by === 1 ? findings[0] : findings[findings.length - 1];
  return findings[Math.max(0, Math.min(at + by, findings.length - 1))];
}

/** Findings whose last judgement is another one than before. */
export function changedSince(before: readonly FindingView[], now: readonly FindingView[]): FindingView[] {
  const last = (finding: FindingView | undefined): string => {
    const judgement = finding?.judgements[finding.judgements.length - 1];
    return judgement === undefined ? "" : `${judgement.by.id} ${judgement.at} ${judgement.action}`;
  };
  return now.filter((each) => last(each) !== last(before.find((old) => old.tracking_uid === each.tracking_uid)));
}

/** 0-based place of an image in the stack; -1 where another series has it. */
export function sliceAt(slices: readonly Slice[], { sop_instance_uid, frame }: ImagePlace): number {
  return slices.findIndex((each) => each.sopInstanceUid === sop_instance_uid && each.frame === (frame ?? 1));
}

/** The outlines that lie in this stack. */
export function outlinesOf(id: string, contours: readonly Contour[], slices: readonly Slice[], colour: string): Outline[] {
  return contours.flatMap((contour) => {
    const slice = sliceAt(slices, contour);
    return slice === -1 ? [] : contour.polygons.map((points) => ({ id, slice, points, colour }));
  });
}
