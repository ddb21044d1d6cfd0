import type { Translate } from "./i18n";

/** The usual ones of Body Part Examined's defined terms (PS3.16 Annex L) that the catalogues have a word for. */
const KNOWN = [
  "ABDOMEN",
  "ANKLE",
  "BRAIN",
  "BREAST",
  "CHEST",
  "CSPINE",
  "ELBOW",
  "FOOT",
  "HAND",
  "HEAD",
  "HEART",
  "HIP",
  "KIDNEY",
  "KNEE",
  "LIVER",
  "LSPINE",
  "NECK",
  "PELVIS",
  "SHOULDER",
  "SPINE",
  "TSPINE",
  "WHOLEBODY",
  "WRIST",
] as const;

/** Body Part Examined as a person reads it; a term without a word of its own is shown as it came. */
export function bodyPart(term: string, t: Translate): string {
  const known = KNOWN.find((each) => each === term.replace(/[ _-]/g, "").toUpperCase());
  return known === undefined ? term : t(`bodyPart.${known}`);
}
