/** What findings and template write into a draft's text. */

import type { ReadingView, ReportText } from "../../../api/reading";
import type { Language } from "../../../api/types";
import { standingVersion } from "./conflict";
import type { DraftState, DraftTemplate, StandingLines } from "./draftState";
import { filled, type Line, offers, type Part, recognised, synced } from "./slots";

export type WrittenParts = Pick<DraftState, "findings" | "impression">;

export const EMPTY: Part = { text: "", spans: [], normal: "" };
const WRITTEN = ["findings", "impression"] as const;

/** The language of what is written next: the open draft's, else that of the version that stands, else the hospital's. */
export function languageOf(view: ReadingView): Language {
  return standingVersion(view)?.language ?? view.report_language;
}

/** What a report is begun with where no template is. */
export function freeText(language: Language): DraftTemplate {
  return { code: "", language, findings: "", impression: "", advice: "" };
}

/** The template with what the findings that stand say. */
export function filledWith(template: DraftTemplate, standing: readonly StandingLines[]): WrittenParts {
  const part = (field: keyof WrittenParts): Part => synced(filled(template[field]), linesOf(standing, field), new Set());
  return { findings: part("findings"), impression: part("impression") };
}

/** A text that came from elsewhere: lines of findings are known again where they stand word for word. */
export function known(text: ReportText, standing: readonly StandingLines[], template: DraftTemplate | null): WrittenParts {
  const part = (field: keyof WrittenParts): Part =>
    recognised(text[field], linesOf(standing, field), template === null ? "" : filled(template[field]).normal);
  return { findings: part("findings"), impression: part("impression") };
}

/** What findings say now, as far as nobody edited it. knownOwners: of findings that were written or left out before. */
export function followed(parts: WrittenParts, standing: readonly StandingLines[], knownOwners: Set<string>): WrittenParts {
  const part = (field: keyof WrittenParts): Part => synced(parts[field], linesOf(standing, field), knownOwners);
  return { findings: part("findings"), impression: part("impression") };
}

export function isLinked({ findings, impression }: WrittenParts, owner: string): boolean {
  return [findings, impression].some((part) => part.spans.some((span) => span.owner === owner));
}

export function offersOf(parts: WrittenParts, standing: readonly StandingLines[]): DraftState["offers"] {
  return WRITTEN.flatMap((field) => offers(parts[field], linesOf(standing, field)).map((offer) => ({ field, offer })));
}

function linesOf(standing: readonly StandingLines[], field: keyof WrittenParts): Line[] {
  return standing.map((each) => ({ owner: each.owner, text: each[field] }));
}
