import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../api/problems";
import { Notice } from "../../ui/Notice";
import type { Refusal } from "./refusal";

interface Props {
  refusal: Refusal | null;
  minutes: number | null;
  /** What was wrong: the same words for an unknown login and a wrong password. */
  wrong: string;
}

export function RefusalNotice({ refusal, minutes, wrong }: Props): ReactElement | null {
  const { t } = useTranslation();
  if (refusal === null || refusal.kind === "code-needed") return null;
  if (refusal.kind === "wrong") return <Notice tone="wrong">{wrong}</Notice>;
  if (refusal.kind === "away") return <Notice tone="wrong">{t("login.away")}</Notice>;
  if (refusal.kind === "told") return <Notice tone="wrong">{inWords(refusal.fault, t)}</Notice>;
  if (minutes === null) return <Notice tone="told">{t("login.mayTryAgain")}</Notice>;
  return <Notice tone="warned">{t("login.limited", { count: minutes })}</Notice>;
}
