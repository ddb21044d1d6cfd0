import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { OwnStudy } from "../../api/own";
import { Tag, type Tone } from "../../ui/Tag";

const TONES: Readonly<Record<string, Tone>> = {
  signed: "ok",
  amended: "ok",
  ai_failed: "wrong",
  withdrawn: "warned",
  not_analysed: "off",
  not_asked: "off",
  superseded: "off",
  cancelled: "off",
};

/** How it stands with the result; that the centre gave the study back comes first, since the hospital has to act. */
export function Result({ study }: { study: OwnStudy }): ReactElement {
  const { t } = useTranslation();
  if (study.returned !== null) {
    return <Tag tone="warned">{t("own.returned", { reason: study.returned.reason.text })}</Tag>;
  }
  return <Tag tone={TONES[study.result.word] ?? "waits"}>{study.result.text}</Tag>;
}

/** Received n of m, or n where all are there or nobody said how many there are. */
export function images({ images: { received, expected } }: OwnStudy): string {
  return expected === null || expected === received ? String(received) : `${received} / ${expected}`;
}
