import { bodyPart } from "./bodyPart";
import type { Translate } from "./i18n";

interface Examined {
  modality: string;
  body_part: string;
  description: string;
}

/** Modality, body part and description; the body part is not said twice. */
export function examLine(exam: Examined, t: Translate): string {
  const part = bodyPart(exam.body_part, t);
  const isSaid = exam.description.toLowerCase().includes(part.toLowerCase());
  return [exam.modality, isSaid ? "" : part, exam.description].filter((each) => each !== "").join(" · ");
}
