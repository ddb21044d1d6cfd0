const PAD = 2;

function two(number: number): string {
  return String(number).padStart(PAD, "0");
}

/** A moment by the clock of this machine: `2026-11-28 08:05`, the same in every language. */
export function moment(text: string): string {
  const at = new Date(text);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The same with seconds, where it matters what came first. */
export function exactMoment(text: string): string {
  return `${moment(text)}:${two(new Date(text).getSeconds())}`;
}

/** A span of seconds as `0:42`, `3:05` (hours and minutes) or days. */
export function span(seconds: number, days: (count: number) => string): string {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return days(Math.floor(hours / 24));
  return `${hours}:${two(minutes % 60)}`;
}

/** DICOM's age `045Y` or `45Y`, `006M`, `003W`, `012D` (PS3.5 6.2, AS) in words; anything else as it came. */
export function age(text: string, words: Record<"Y" | "M" | "W" | "D", (count: number) => string>): string {
  const match = /^(\d{1,3})([YMWD])$/.exec(text);
  if (match?.[1] === undefined) return text;
  return words[match[2] as "Y" | "M" | "W" | "D"](Number(match[1]));
}
