import type { Language } from "../../api/types";

/** A share of 1 as a person reads it: whole per cent, one digit more below ten. */
export function percent(share: number, language: Language): string {
  const most = share > 0 && share < 0.1 ? 1 : 0;
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: most }).format(share);
}
