import { describe, expect, it } from "vitest";

import { ROLES, type RoleWord } from "../../api/types";
import { bodyOf, type Draft, draftOf, type Lack, lackOf, NOBODY } from "./draft";

const SOMEBODY: Draft = { ...NOBODY, login: "li.na", name: "Li Na" };

describe("roles of one person", () => {
  const together: readonly RoleWord[] = ["radiologist", "senior-radiologist", "scientist"];
  const pairs = ROLES.flatMap((first, place) => ROLES.slice(place + 1).map((second) => [first, second] as const));

  it.each(pairs)("%s and %s go together as the centre says", (first, second) => {
    const isTogether = together.includes(first) && together.includes(second);
    expect(lackOf({ ...SOMEBODY, roles: [first, second], hospitals: ["h1"] }) === null).toBe(isTogether);
  });

  it("is at least one", () => {
    expect(lackOf({ ...SOMEBODY, roles: [] })).toBe("role");
  });
});

describe("what is missing is said before it is sent", () => {
  it.each([
    [{ login: " " }, "login"],
    [{ name: "" }, "name"],
    [{ roles: ["hospital"] }, "hospital"],
    [{ title: "attending" }, "number"],
    [{ until: "2031-05-01" }, "number"],
    [{ modalities: "CT" }, "number"],
    [{ number: "1105", signsEverywhere: false }, "site"],
  ] as [Partial<Draft>, Lack][])("%j lacks the %s", (change, lack) => {
    expect(lackOf({ ...SOMEBODY, ...change })).toBe(lack);
  });
});

describe("what is sent", () => {
  it("gives somebody of a hospital the named hospitals, whatever was chosen before", () => {
    const draft: Draft = { ...SOMEBODY, roles: ["hospital"], seesEvery: true, hospitals: ["h1"] };
    expect(bodyOf(draft).hospitals).toEqual(["h1"]);
  });

  it("gives an administrator no hospital and a reader of the centre every one", () => {
    expect(bodyOf({ ...SOMEBODY, roles: ["audit-admin"], seesEvery: true }).hospitals).toEqual([]);
    expect(bodyOf({ ...SOMEBODY, seesEvery: true }).hospitals).toBeNull();
  });

  it("says of a certificate without an end that it has none, and of nobody's that there is none", () => {
    const licence = { number: "1105", scope: "", title: "", until: null, modalities: null, sites: null };
    expect(bodyOf({ ...SOMEBODY, number: " 1105 " }).licence).toEqual(licence);
    expect(bodyOf(SOMEBODY).licence).toBeNull();
  });

  it("takes modalities however they are set apart, and none as what the scope says", () => {
    const draft: Draft = { ...SOMEBODY, number: "1105", modalities: " ct，MR、dx " };
    expect(bodyOf(draft).licence?.modalities).toEqual(["CT", "MR", "DX"]);
    expect(bodyOf({ ...draft, modalities: " , " }).licence?.modalities).toBeNull();
  });

  it("is what was there when nothing was changed", () => {
    const described = { name: "Li Na", roles: ["radiologist" as const], hospitals: ["h2"], language: "en" as const };
    const licence = { number: "1", scope: "s", title: "t", until: "2030-01-01", modalities: ["CT", "MR"], sites: ["h2"] };
    const flags = { must_change_password: false, has_second_factor: true, is_disabled: false, is_demo: false };
    const person = { id: "u1", login: "li.na", ...described, licence: { ...licence, covers: ["CT", "MR"] }, ...flags };
    expect(bodyOf(draftOf(person))).toEqual({ ...described, licence });
  });
});
