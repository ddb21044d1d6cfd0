import { describe, expect, it } from "vitest";

import { NO_FILTER } from "../../api/worklist";
import { SavedViews } from "./savedViews";

function storage(): Pick<Storage, "getItem" | "setItem"> & { kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return { kept, getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

describe("saved views", () => {
  it("come back as they were saved, for their own person only", () => {
    const place = storage();
    new SavedViews("7", place).save(" CT at night ", { ...NO_FILTER, status: "findings" });
    expect(new SavedViews("7", place).all()).toEqual([{ name: "CT at night", filter: { ...NO_FILTER, status: "findings" } }]);
    expect(new SavedViews("8", place).all()).toEqual([]);
  });

  it("replace one of the same name and can be removed", () => {
    const views = new SavedViews("7", storage());
    views.save("a", NO_FILTER);
    expect(views.save("a", { ...NO_FILTER, q: "x" })).toHaveLength(1);
    expect(views.remove("a")).toEqual([]);
  });

  it.each(["{", "7", '[{"name": 3}]', '[{"name": "a", "filter": 5}]', "null"])("survive what others wrote: %s", (text) => {
    const place = storage();
    place.setItem("consilium.views.7", text);
    expect(new SavedViews("7", place).all()).toEqual([]);
  });
});
