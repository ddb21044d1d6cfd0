import type { Language } from "../../../api/types";

/** A moment as a reader says it: the time, and the day unless it is today. */
export function at(moment: string, language: Language): string {
  const then = new Date(moment);
  const isToday = then.toDateString() === new Date().toDateString();
  const time = { hour: "2-digit", minute: "2-digit", hour12: false } as const;
  return then.toLocaleString(language, isToday ? time : { ...time, year: "numeric", month: "2-digit", day: "2-digit" });
}
