/** Views a person saved, in this browser for now. */

import { NO_FILTER, type WorklistFilter } from "../../api/worklist";

export interface SavedView {
  name: string;
  filter: WorklistFilter;
}

const MAX_VIEWS = 20;
const MAX_NAME = 40;

export class SavedViews {
  readonly #place: string;

  /** userId: on a shared machine everybody has their own. */
  constructor(
    userId: string,
    private readonly storage: Pick<Storage, "getItem" | "setItem">,
  ) {
    this.#place = `consilium.views.${userId}`;
  }

  all(): SavedView[] {
    try {
      const kept: unknown = JSON.parse(this.storage.getItem(this.#place) ?? "[]");
      return Array.isArray(kept) ? kept.flatMap(savedView) : [];
    } catch {
      return []; // another program wrote there: start afresh
    }
  }

  /** A view of the same name is replaced. */
  save(name: string, filter: WorklistFilter): SavedView[] {
    const clean = name.trim().slice(0, MAX_NAME);
    if (clean === "") return this.all();
    const views = [...this.all().filter((view) => view.name !== clean), { name: clean, filter }];
    return this.#keep(views.slice(-MAX_VIEWS));
  }

  remove(name: string): SavedView[] {
    return this.#keep(this.all().filter((view) => view.name !== name));
  }

  #keep(views: SavedView[]): SavedView[] {
    this.storage.setItem(this.#place, JSON.stringify(views));
    return views;
  }
}

function savedView(kept: unknown): SavedView[] {
  if (typeof kept !== "object" || kept === null) return [];
  const { name, filter } = kept as { name?: unknown; filter?: Record<string, unknown> };
  if (typeof name !== "string" || typeof filter !== "object" || filter === null) return [];
  const fields = Object.keys(NO_FILTER) as (keyof WorklistFilter)[];
  const texts = fields.map((field) => [field, typeof filter[field] === "string" ? filter[field] : ""] as const);
  return [{ name, filter: Object.fromEntries(texts) as unknown as WorklistFilter }];
}
