import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { Notice } from "../../../ui/Notice";

/** With its code point, since a letter that is not printed may not be on the screen either. */
const named = (letter: string): string => `${letter} (U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")})`;

/** Letters that the report's PDF cannot print, while somebody can still write them otherwise. */
export function NotPrintable({ letters }: { letters: readonly string[] }): ReactElement | null {
  const { t } = useTranslation();
  if (letters.length === 0) return null;
  return <Notice tone="warned">{t("sign.notPrintable", { letters: letters.map(named).join(t("sign.between")) })}</Notice>;
}
