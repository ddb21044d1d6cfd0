/** Copies of images in lossless HTJ2K: what is shown is the same, and on a slow line it is shown sooner. */

import type { DicomJson } from "./slices";

/** PS3.6 annex A. */
export const HTJ2K_LOSSLESS = "1.2.840.10008.1.2.4.201";
/** The copy, or else the bytes as stored: one that was removed meanwhile costs no second request. */
export const COPY_OR_STORED =
  `multipart/related; type="image/jphc"; transfer-syntax=${HTJ2K_LOSSLESS}, ` +
  "multipart/related; type=application/octet-stream; transfer-syntax=*";

/** Which images are asked for as copies. */
export class Copies {
  readonly #imageIds = new Set<string>();
  #areRefused = false;

  /** Takes the copy of an image where the metadata say that there is one (0008,3002) and it is not what is stored. */
  note(imageId: string, metadata: DicomJson): void {
    const [stored, ...copied] = metadata["00083002"]?.Value ?? [];
    if (stored !== HTJ2K_LOSSLESS && copied.includes(HTJ2K_LOSSLESS)) this.#imageIds.add(imageId);
  }

  isTaken(imageId: string): boolean {
    return !this.#areRefused && this.#imageIds.has(imageId);
  }

  /** What an image is asked for with; none: as the loader asks by itself, for the bytes as stored. */
  headers(imageId: string): Record<string, string> {
    return this.isTaken(imageId) ? { Accept: COPY_OR_STORED } : {};
  }

  /** Takes no copies any more: this browser could not decode one. */
  refuse(): void {
    this.#areRefused = true;
  }

  get areRefused(): boolean {
    return this.#areRefused;
  }
}

/** Those of this page. */
export const copies = new Copies();

/** Loads an image; a copy that cannot be decoded is passed over for what is stored, and so are all others from then on.
 * An answer that did not come is no fault of the copy. */
export async function loadWith<Loaded>(
  load: (imageId: string) => Promise<Loaded>,
  imageId: string,
  taken: Copies = copies,
): Promise<Loaded> {
  try {
    return await load(imageId);
  } catch (fault) {
    if (!taken.isTaken(imageId) || fault instanceof XMLHttpRequest) throw fault;
    taken.refuse();
    return load(imageId);
  }
}
