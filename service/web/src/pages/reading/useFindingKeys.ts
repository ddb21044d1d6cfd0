import { type Handlers, useKeys } from "../../app/keyboard";
import { type FindingView, REASONS, type ReadingView } from "../../api/reading";
import { isOwn, neighbour } from "./findings";
import type { Findings } from "./useFindings";
import type { Marking } from "./useMarking";

const PLACES = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

/** Keys of the findings. While a reason is asked for, digits are reasons and Escape asks no more. What is taken is looked at
 * only; under a signature no finding is judged. */
export function useFindingKeys(
  view: ReadingView | undefined,
  findings: Findings,
  marking: Marking,
  toggleOverlays: () => void,
): void {
  const { chosen, choose, judge, isRejecting, setRejecting, isTaken, isClosed } = findings;
  const { drafting, measures } = marking;
  const list = view?.findings ?? [];
  const byDigit = (place: number) => () => {
    if (!isRejecting || isClosed) return choose(list[place - 1] ?? chosen);
    const reason = REASONS[place - 1];
    return reason === undefined ? undefined : judge("reject", reason);
  };
  const digits: Handlers = Object.fromEntries(PLACES.map((place) => [`finding${place}`, byDigit(place)]));
  const last = measures.own[measures.own.length - 1];
  useKeys({
    ...digits,
    findingNext: () => choose(neighbour(list, chosen?.tracking_uid ?? null, 1)),
    findingPrevious: () => choose(neighbour(list, chosen?.tracking_uid ?? null, -1)),
    findingOverlays: toggleOverlays,
  });
  const acts: Handlers = {
    findingUndo: marking.undo,
    ...(view === undefined || isClosed ? {} : { findingAdd: marking.add }),
    ...(last === undefined ? {} : { measureRemove: () => measures.remove(last.id) }),
    ...(chosen === undefined || isClosed ? {} : keysOf(chosen, findings, marking)),
    ...(view?.waits_for_impression === true ? { findingLock: findings.lockImpression } : {}),
    ...(isRejecting ? { close: () => setRejecting(false) } : {}),
    ...(drafting.draft === null ? {} : { close: drafting.close }),
  };
  useKeys(isTaken ? {} : acts);
}

/** A reader's own finding is corrected or removed; there is nothing in it to accept. */
function keysOf(chosen: FindingView, { judge, setRejecting }: Findings, { correct }: Marking): Handlers {
  if (isOwn(chosen)) return { findingCorrect: correct, findingReject: () => judge("remove") };
  return {
    findingAccept: () => judge("accept"),
    findingReject: () => setRejecting(true),
    findingDoubt: () => judge("doubt"),
    findingCorrect: correct,
  };
}
