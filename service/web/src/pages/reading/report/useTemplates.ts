import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";

import { templateCalls, type TemplateView } from "../../../api/templates";
import type { Language } from "../../../api/types";
import { useReader } from "../../../app/session";
import type { DraftTemplate } from "./draftState";
import { freeText } from "./draftText";
import type { Draft } from "./useDraft";

export function asDraft({ id, language, text }: TemplateView): DraftTemplate {
  return { code: id, language, ...text };
}

export interface Templates {
  /** What fits the examination, in the language of its report. */
  templates: readonly TemplateView[];
  /** Goes on in another language. The best template of that takes the place of one that nobody wrote in. */
  speak: (language: Language) => void;
}

/** The best of what fits is proposed while nothing is written. */
export function useTemplates(hospital: string, study: string, { draft, state }: Draft): Templates {
  const reader = useReader();
  const { data } = useQuery({
    queryKey: ["templates", hospital, study],
    queryFn: ({ signal }) => templateCalls.ofStudy(hospital, study, signal),
    enabled: !reader.locked,
    staleTime: Infinity,
  });
  const { language } = state;
  const fitting = useMemo(() => data?.filter((each) => each.language === language) ?? [], [data, language]);
  useEffect(() => {
    const templates = fitting.filter((each) => each.kind === "template");
    const found = templates.find((each) => each.id === draft.content.template) ?? templates[0];
    if (found !== undefined) draft.propose(asDraft(found));
  }, [fitting, draft]);
  const speak = (chosen: Language): void => {
    const best = data?.find((each) => each.kind === "template" && each.language === chosen);
    if (!draft.isUnedited) draft.speak(chosen);
    else draft.use(state.template === "" || best === undefined ? freeText(chosen) : asDraft(best));
  };
  return { templates: fitting, speak };
}
