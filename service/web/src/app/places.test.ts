import { describe, expect, it } from "vitest";

import type { Right, SessionView } from "../api/types";
import { landing, placesOf } from "./places";

function somebody(...rights: Right[]): SessionView {
  return { user: { rights } } as SessionView;
}

describe("after signing in", () => {
  it.each([
    [["read-studies", "review", "sign"], "/worklist"],
    [["read-studies", "review", "sign", "explore"], "/worklist"],
    [["follow-own"], "/own"],
    [["manage-centre"], "/centre"],
    [["manage-users"], "/users"],
    [["search-audit"], "/audit"],
    [["explore"], "/explore"],
    [[], "/account"],
  ] as [Right[], string][])("whoever may %j begins at %s", (rights, place) => {
    expect(landing(somebody(...rights))).toBe(place);
  });

  it("nobody is shown the way to a page that is not theirs", () => {
    expect(placesOf(somebody("explore")).map((place) => place.to)).toEqual(["/explore"]);
  });
});
