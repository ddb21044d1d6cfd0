/** Colours of images that say them by number (PS3.3 C.7.6.3.1.5): fetched, for the loader takes them as numbers only. */

import type { DicomJson } from "./slices";

const PALETTES = [
  { descriptor: "00281101", data: "00281201" },
  { descriptor: "00281102", data: "00281202" },
  { descriptor: "00281103", data: "00281203" },
] as const;
/** What 0 entries mean. */
const MOST_ENTRIES = 65_536;

export function isPaletteColour(metadata: DicomJson): boolean {
  return metadata["00280004"]?.Value?.[0] === "PALETTE COLOR";
}

/** Whether all three palettes are there as numbers. */
export function hasPalettes(metadata: DicomJson): boolean {
  return PALETTES.every(({ data }) => (metadata[data]?.Value?.length ?? 0) > 0);
}

/** The same metadata with palettes as numbers, as far as they are there. fetched: the bytes behind a BulkDataURI. */
export async function withPalettes(metadata: DicomJson, fetched: (uri: string) => Promise<ArrayBuffer>): Promise<DicomJson> {
  if (!isPaletteColour(metadata)) return metadata;
  const found = await Promise.all(
    PALETTES.map(async ({ descriptor, data }) => {
      const said = metadata[data];
      const bytes = said?.InlineBinary !== undefined ? decoded(said.InlineBinary) : said?.BulkDataURI !== undefined ? await fetched(said.BulkDataURI) : null;
      if (bytes === null) return [];
      const entries = Number(metadata[descriptor]?.Value?.[0] ?? 0) || MOST_ENTRIES;
      return [[data, { vr: "OW", Value: numbersOf(bytes, entries) }] as const];
    }),
  );
  return { ...metadata, ...Object.fromEntries(found.flat()) };
}

/** Entries of a word each, or, where the bytes are not enough for that, of a byte each. */
export function numbersOf(bytes: ArrayBuffer, entries: number): number[] {
  if (bytes.byteLength < 2 * entries) return [...new Uint8Array(bytes).slice(0, entries)];
  const view = new DataView(bytes);
  return Array.from({ length: entries }, (_, at) => view.getUint16(2 * at, true));
}

function decoded(base64: string): ArrayBuffer {
  return Uint8Array.from(atob(base64), (each) => each.charCodeAt(0)).buffer;
}
