/** People, as the security administrator sees and describes them. */

import { room } from "./client";
import type { LicenceBody, LicenceView } from "./session";
import type { Language, Named, RoleWord } from "./types";

export interface PersonView {
  id: string;
  login: string;
  name: string;
  roles: RoleWord[];
  /** Ids; null for every hospital. */
  hospitals: string[] | null;
  language: Language;
  licence: LicenceView | null;
  must_change_password: boolean;
  has_second_factor: boolean;
  is_disabled: boolean;
  is_demo: boolean;
}

export interface UsersView {
  users: PersonView[];
  hospitals: Named[];
}

export interface OpenSessions {
  /** The newest first. address: null where it is not known. locked: waits for the password. */
  sessions: { address: string | null; since: string; active_at: string; expires_at: string; locked: boolean }[];
}

/** Somebody as described; the login name is chosen once. */
export type PersonBody = Pick<PersonView, "name" | "roles" | "hospitals" | "language"> & { licence: LicenceBody | null };

const one = (id: string): string => `/users/${encodeURIComponent(id)}`;

export const usersApi = {
  everyone: (signal?: AbortSignal) => room.get<UsersView>("/users", signal),
  add: (login: string, person: PersonBody) =>
    room.send<{ user: PersonView; first_password: string }>("POST", "/users", { login, ...person }),
  change: (id: string, person: PersonBody) => room.send<PersonView>("PATCH", one(id), person),
  disable: (id: string) => room.send<void>("DELETE", `${one(id)}/access`),
  enable: (id: string) => room.send<void>("PUT", `${one(id)}/access`),
  resetPassword: (id: string) => room.send<{ first_password: string }>("DELETE", `${one(id)}/password`),
  sessions: (id: string, signal?: AbortSignal) => room.get<OpenSessions>(`${one(id)}/sessions`, signal),
  endSessions: (id: string) => room.send<void>("DELETE", `${one(id)}/sessions`),
  resetSecondFactor: (id: string) => room.send<void>("DELETE", `${one(id)}/second-factor`),
};
