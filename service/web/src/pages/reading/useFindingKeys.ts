import { type Handlers, useKeys } from "../../app/keyboard";
import { REASONS, type ReadingView } from "../../api/reading";
import { neighbour } from "./findings";
import type { Findings } from "./useFindings";

const PLACES = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

/** Keys of the findings. While a reason is asked for, digits are reasons and Escape asks no more. */
export function useFindingKeys(view: ReadingView | undefined, findings: Findings, toggleOverlays: () => void): void {
  const { chosen, choose, judge, isRejecting, setRejecting } = findings;
  const list = view?.findings ?? [];
  const byDigit = (place: number) => () => {
    if (!isRejecting) return choose(list[place - 1] ?? chosen);
    const reason = REASONS[place - 1];
    return reason === undefined ? undefined : judge("reject", reason);
  };
  const digits: Handlers = Object.fromEntries(PLACES.map((place) => [`finding${place}`, byDigit(place)]));
  useKeys({
    ...digits,
    findingNext: () => choose(neighbour(list, chosen?.tracking_uid ?? null, 1)),
    findingPrevious: () => choose(neighbour(list, chosen?.tracking_uid ?? null, -1)),
    findingOverlays: toggleOverlays,
    findingUndo: findings.undo,
    ...(chosen === undefined
      ? {}
      : {
          findingAccept: () => judge("accept"),
          findingReject: () => setRejecting(true),
          findingDoubt: () => judge("doubt"),
        }),
    ...(view?.hidden_findings === true ? { findingLock: findings.lockImpression } : {}),
    ...(isRejecting ? { close: () => setRejecting(false) } : {}),
  });
}
