/** What the reader's acts on findings mean for the page: progress, the next finding, who changed what meanwhile. */

import type { FindingAction, FindingView, ImagePlace, JudgementView, ReportView } from "../../api/reading";
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
export function expectedState(action: FindingAction): string | null {
  const states: Partial<Record<FindingAction, string>> = {
    accept: "accepted",
    reject: "rejected",
    doubt: "uncertain",
    remove: "removed",
  };
  return states[action] ?? null;
}

/** Added by a reader: no package proposed it. */
export function isOwn(finding: FindingView): boolean {
  return finding.analysis_id === null;
}

/** What a signature did to the findings: they are judged again when it is taken back, returned or amended. */
export type Settled = "signed" | "provisional" | "released";

const SETTLED: Readonly<Record<string, Settled>> = { signed: "signed", provisional: "provisional", released: "released" };
const ENDED_UNSEEN: readonly string[] = ["recalled", "returned", "discarded"];

/** Null while findings can be judged. versions: of the report, oldest first; one that ended before its release leaves what stood before. */
export function settledBy(versions: readonly Pick<ReportView, "state">[]): Settled | null {
  const newest = versions.filter(({ state }) => !ENDED_UNSEEN.includes(state.word)).pop();
  return newest === undefined ? null : (SETTLED[newest.state.word] ?? null);
}

/** The finding whose last judgement is this reader's newest; undefined where the reader did nothing that stands. */
export function lastOwnAct(findings: readonly FindingView[], reader: string): FindingView | undefined {
  const last = (finding: FindingView): JudgementView | undefined => finding.judgements[finding.judgements.length - 1];
  return findings
    .filter((each) => last(each)?.by.id === reader)
    .reduce<FindingView | undefined>(
      (newest, each) => (newest === undefined || (last(each)?.at ?? "") > (last(newest)?.at ?? "") ? each : newest),
      undefined,
    );
}

/** A UID from a random number of 128 bits (PS3.5 B.2). */
export function newTrackingUid(): string {
  const digits = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0"));
  return `2.25.${BigInt(`0x${digits.join("")}`)}`;
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
