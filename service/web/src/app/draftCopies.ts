/** Copies, in this browser, of what the centre does not have yet: drafts and measures, one a person and examination.
 *
 * They hold a patient's report in clear text, so they live no longer than they must: until the centre answered, until
 * the person signs out, at the longest KEPT_MS.
 */

import type { MeasureBody } from "../api/measures";
import type { ReportContent, ReportText } from "../api/reading";

const PREFIXES = { draft: "consilium.draft.", measures: "consilium.measures.", aside: "consilium.aside." } as const;
const KEPT_MS = 7 * 24 * 3600 * 1000;

interface Dated {
  /** Milliseconds of the epoch. */
  at: number;
}

export interface Copy extends Dated {
  content: ReportContent;
  /** The version and edition it was written on; null where nothing was begun. */
  base: { id: string; edition: number } | null;
}

/** A text of the writer's that another's took the place of. */
export interface SetAside extends Dated {
  text: ReportText;
}

export interface MeasuresCopy extends Dated {
  /** What is to become of each measure, by id; null: it is to be removed. */
  unsent: readonly (readonly [string, MeasureBody | null])[];
}

/** Nothing of a patient stays behind in a browser where its writer signed out. */
export function forgetCopies(storage: Storage = localStorage): void {
  const isCopy = (key: string): boolean => Object.values(PREFIXES).some((prefix) => key.startsWith(prefix));
  for (const key of Object.keys(storage).filter(isCopy)) storage.removeItem(key);
}

class KeptCopy<T extends Dated> {
  readonly #key: string;

  constructor(
    kind: keyof typeof PREFIXES,
    whose: readonly [user: string, hospital: string, study: string],
    private readonly storage: Storage,
  ) {
    this.#key = PREFIXES[kind] + whose.map(encodeURIComponent).join("/");
  }

  read(now = Date.now()): T | null {
    const text = this.storage.getItem(this.#key);
    if (text === null) return null;
    const copy = JSON.parse(text) as T;
    if (now - copy.at < KEPT_MS) return copy;
    this.drop();
    return null;
  }

  write(copy: T): void {
    this.storage.setItem(this.#key, JSON.stringify(copy));
  }

  drop(): void {
    this.storage.removeItem(this.#key);
  }
}

/** The copy of one person's draft of one examination. */
export class DraftCopy extends KeptCopy<Copy> {
  constructor(user: string, hospital: string, study: string, storage: Storage = localStorage) {
    super("draft", [user, hospital, study], storage);
  }
}

/** The copy of what one person measured in one examination. */
export class MeasuresCopies extends KeptCopy<MeasuresCopy> {
  constructor(user: string, hospital: string, study: string, storage: Storage = localStorage) {
    super("measures", [user, hospital, study], storage);
  }
}

/** The text of one person that was not taken into the report of one examination. */
export class AsideCopy extends KeptCopy<SetAside> {
  constructor(user: string, hospital: string, study: string, storage: Storage = localStorage) {
    super("aside", [user, hospital, study], storage);
  }
}
