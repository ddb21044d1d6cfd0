/** Copies of drafts that the centre does not have yet, in this browser: one a person and examination.
 *
 * They hold a patient's report in clear text, so they live no longer than they must: until the centre answered, until
 * the person signs out, at the longest KEPT_MS.
 */

import type { ReportContent } from "../api/reading";

const PREFIX = "consilium.draft.";
const KEPT_MS = 7 * 24 * 3600 * 1000;

export interface Copy {
  content: ReportContent;
  /** The version and edition it was written on; null where nothing was begun. */
  base: { id: string; edition: number } | null;
  /** Milliseconds of the epoch. */
  at: number;
}

/** Nobody's draft stays behind in a browser where its writer signed out. */
export function forgetCopies(storage: Storage = localStorage): void {
  for (const key of Object.keys(storage).filter((each) => each.startsWith(PREFIX))) storage.removeItem(key);
}

/** The copy of one person's draft of one examination. */
export class DraftCopy {
  readonly #key: string;

  constructor(
    user: string,
    hospital: string,
    study: string,
    private readonly storage: Storage = localStorage,
  ) {
    this.#key = PREFIX + [user, hospital, study].map(encodeURIComponent).join("/");
  }

  read(now = Date.now()): Copy | null {
    const text = this.storage.getItem(this.#key);
    if (text === null) return null;
    const copy = JSON.parse(text) as Copy;
    if (now - copy.at < KEPT_MS) return copy;
    this.drop();
    return null;
  }

  write(copy: Copy): void {
    this.storage.setItem(this.#key, JSON.stringify(copy));
  }

  drop(): void {
    this.storage.removeItem(this.#key);
  }
}
