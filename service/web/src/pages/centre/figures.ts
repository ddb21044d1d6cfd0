/** Figures as an administrator reads them. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** Bytes with a unit: `512 MiB`, `1.5 GiB`. */
export function bytes(count: number): string {
  let size = count;
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${size < 10 && unit > 0 ? size.toFixed(1) : Math.round(size)} ${UNITS[unit]}`;
}

/** Texts separated by commas, spaces or line breaks, each once. */
export function listed(text: string): string[] {
  return [...new Set(text.split(/[\s,;\uff0c\u3001\uff1b]+/).filter((part) => part !== ""))];
}
