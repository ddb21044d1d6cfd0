/** Templates and phrases of reports. */

import { room } from "./client";
import type { ReportText } from "./reading";
import type { Language } from "./types";

export type TemplateKind = "template" | "phrase";

/** What a template or phrase says. A phrase has its words in `text.findings`. */
export interface TemplateWording {
  kind: TemplateKind;
  language: Language;
  name: string;
  shortcut: string;
  modality: string;
  body_part: string;
  exam: string;
  text: ReportText;
}

export interface TemplateView extends TemplateWording {
  id: string;
  origin: "own" | "hospital" | "shared" | "built-in";
  may_change: boolean;
}

export interface NewTemplate extends TemplateWording {
  is_shared: boolean;
  /** For whose readers; null for everybody. */
  hospital: string | null;
}

interface TemplatesView {
  templates: TemplateView[];
}

const listed = async (path: string, signal?: AbortSignal): Promise<TemplateView[]> => (await room.get<TemplatesView>(path, signal)).templates;

export const templateCalls = {
  /** What fits an examination, the best first of each language. */
  ofStudy: (hospital: string, study: string, signal?: AbortSignal) =>
    listed(`/studies/${encodeURIComponent(hospital)}/${encodeURIComponent(study)}/templates`, signal),
  all: (signal?: AbortSignal) => listed("/templates", signal),
  add: (wording: NewTemplate) => room.send<TemplateView>("POST", "/templates", wording),
  change: (id: string, wording: TemplateWording) => room.send<TemplateView>("PUT", `/templates/${id}`, wording),
  remove: (id: string) => room.send<void>("DELETE", `/templates/${id}`),
};
