/** What a draft is at a moment, and what it is given to work with. */

import type { KeyImage, ReadingView, ReportContent, ReportLines, ReportText, ReportView } from "../../../api/reading";
import type { Language } from "../../../api/types";
import type { Copy, SetAside } from "../../../app/draftCopies";
import type { Offer, Part } from "./slots";

/** A finding that stands, with what it says in a report of each language. */
export interface Standing {
  owner: string;
  number: number;
  says: Record<Language, ReportLines>;
}

/** What a finding that stands says in the language the report is written in. */
export interface StandingLines extends ReportLines {
  owner: string;
}

export interface DraftTemplate extends ReportText {
  code: string;
  language: Language;
}

export type Phase =
  | { kind: "proposed" }
  | { kind: "saved"; at: string }
  | { kind: "unsaved" }
  | { kind: "kept-here"; isLocked: boolean }
  | { kind: "refused"; fault: unknown }
  | { kind: "conflict"; theirs: ReportView };

export interface DraftState {
  findings: Part;
  impression: Part;
  advice: string;
  template: string;
  /** The report's own: the draft's, else the last version's, else the hospital's. Not the reader's. */
  language: Language;
  keyImages: KeyImage[];
  /** Whether text can be typed: no version waits for its signature or audit, and none is final. */
  isOpen: boolean;
  isSaving: boolean;
  phase: Phase;
  offers: { field: "findings" | "impression"; offer: Offer }[];
  /** Rejected findings whose text was the reader's own before this page was opened. */
  toCheck: string[];
  /** Who changed the text meanwhile; it is shown already. */
  changedBy: string | null;
  /** One's own text that somebody else's took the place of; null where none is kept. */
  aside: ReportText | null;
}

export interface DraftCalls {
  begin(content: ReportContent): Promise<ReadingView>;
  save(content: ReportContent, edition: number): Promise<ReadingView>;
  keep(content: ReportContent, edition: number): Promise<ReadingView>;
  /** Takes back what was submitted and not signed. */
  reopen(edition: number): Promise<ReadingView>;
}

interface Kept<T> {
  read(): T | null;
  write(copy: T): void;
  drop(): void;
}

export interface Around {
  calls: DraftCalls;
  copy: Kept<Copy>;
  /** One's own text that was not taken, until the writer throws it away. */
  aside: Kept<SetAside>;
  /** Shows the page an act answered. */
  put: (view: ReadingView) => void;
  /** Reads the page anew. */
  again: () => Promise<ReadingView>;
  userId: string;
}

export interface Base {
  id: string;
  edition: number;
  content: ReportContent;
}

