import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";

import { templateCalls, type TemplateView } from "../../../api/templates";
import { useReader } from "../../../app/session";
import type { ReportDraft } from "./draft";
import type { DraftTemplate } from "./draftState";

const NONE: readonly TemplateView[] = [];

export function asDraft({ id, language, text }: TemplateView): DraftTemplate {
  return { code: id, language, ...text };
}

/** What fits the examination. The best of it is proposed while nothing is written. */
export function useTemplates(hospital: string, study: string, draft: ReportDraft): readonly TemplateView[] {
  const reader = useReader();
  const { data } = useQuery({
    queryKey: ["templates", hospital, study, reader.user.language],
    queryFn: ({ signal }) => templateCalls.ofStudy(hospital, study, signal),
    enabled: !reader.locked,
    staleTime: Infinity,
  });
  useEffect(() => {
    const templates = data?.filter((each) => each.kind === "template") ?? [];
    const found = templates.find((each) => each.id === draft.content.template) ?? templates[0];
    if (found !== undefined) draft.propose(asDraft(found));
  }, [data, draft]);
  return data ?? NONE;
}
