/** Somebody while they are being described: plain values, the rules about roles, and what is sent. */

import type { LicenceBody } from "../../api/session";
import type { PersonBody, PersonView } from "../../api/users";
import type { Language, RoleWord } from "../../api/types";

export interface Draft {
  login: string;
  name: string;
  roles: RoleWord[];
  seesEvery: boolean;
  hospitals: string[];
  language: Language;
  number: string;
  scope: string;
  title: string;
  until: string;
  /** As typed, apart by commas; empty: as the scope says. */
  modalities: string;
  signsEverywhere: boolean;
  sites: string[];
}

export const ADMINISTRATORS: readonly RoleWord[] = ["system-admin", "security-admin", "audit-admin"];
const SIGNERS: readonly RoleWord[] = ["radiologist", "senior-radiologist"];

export const NOBODY: Draft = {
  login: "",
  name: "",
  roles: ["radiologist"],
  seesEvery: false,
  hospitals: [],
  language: "zh-CN",
  number: "",
  scope: "",
  title: "",
  until: "",
  modalities: "",
  signsEverywhere: true,
  sites: [],
};

export function draftOf(person: PersonView): Draft {
  const { login, name, roles, hospitals, language, licence } = person;
  return {
    login,
    name,
    roles,
    seesEvery: hospitals === null,
    hospitals: hospitals ?? [],
    language,
    number: licence?.number ?? "",
    scope: licence?.scope ?? "",
    title: licence?.title ?? "",
    until: licence?.until ?? "",
    modalities: licence?.modalities?.join(", ") ?? "",
    signsEverywhere: licence?.sites == null,
    sites: licence?.sites ?? [],
  };
}

export function isAdministrator(roles: readonly RoleWord[]): boolean {
  return roles.some((role) => ADMINISTRATORS.includes(role));
}

export function signs(roles: readonly RoleWord[]): boolean {
  return roles.some((role) => SIGNERS.includes(role));
}

/** What keeps the draft from being sent, the first of it; null when nothing does. The centre asks the same again. */
export type Lack = "role" | "administrator" | "hospital-alone" | "hospital" | "number" | "site" | "name" | "login";

export function lackOf(draft: Draft): Lack | null {
  const { roles, login } = draft;
  if (login.trim() === "") return "login";
  if (draft.name.trim() === "") return "name";
  if (roles.length === 0) return "role";
  if (roles.length > 1 && isAdministrator(roles)) return "administrator";
  if (roles.length > 1 && roles.includes("hospital")) return "hospital-alone";
  if (roles.includes("hospital") && draft.hospitals.length === 0) return "hospital";
  const hasMore = [draft.title, draft.until, draft.modalities].some((text) => text.trim() !== "");
  if (signs(roles) && draft.number.trim() === "" && hasMore) return "number";
  if (signs(roles) && draft.number.trim() !== "" && !draft.signsEverywhere && draft.sites.length === 0) return "site";
  return null;
}

/** An administrator sees no hospital's patients; somebody of a hospital sees the named ones only. */
export function bodyOf(draft: Draft): PersonBody {
  const { roles, language } = draft;
  const everywhere = draft.seesEvery && !roles.includes("hospital");
  const hospitals = isAdministrator(roles) ? [] : everywhere ? null : draft.hospitals;
  return { name: draft.name.trim(), roles, hospitals, language, licence: licenceOf(draft) };
}

function licenceOf(draft: Draft): LicenceBody | null {
  const number = draft.number.trim();
  if (number === "") return null;
  const named = draft.modalities
    .split(/[^A-Za-z]+/)
    .map((each) => each.toUpperCase())
    .filter((each) => each !== "");
  return {
    number,
    scope: draft.scope.trim(),
    title: draft.title.trim(),
    until: draft.until === "" ? null : draft.until,
    modalities: named.length === 0 ? null : named,
    sites: draft.signsEverywhere ? null : draft.sites,
  };
}
