import type { ImagePlace, KeyImage } from "../../api/reading";
import { isSameImage } from "./report/keyImages";
import type { Report } from "./report/useReport";

/** Images marked for the report. */
export interface KeyImages {
  marked: readonly KeyImage[];
  /** Marks an image of the study, or takes the mark away; begins a draft where none was begun. */
  toggle: (place: ImagePlace) => void;
  /** The report is settled: key images change with an amendment only. */
  isSettled: boolean;
}

/** Key images are part of the draft, so they are saved, kept through a lost connection and merged as its text is. */
export function useKeyImages({ draft, state }: Report): KeyImages {
  return { marked: state.keyImages, toggle: (place) => draft.mark(place), isSettled: !state.isOpen };
}

export function isMarked(marked: readonly KeyImage[], place: ImagePlace): boolean {
  return marked.some((each) => isSameImage(each, place));
}
