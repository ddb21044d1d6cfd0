import { room } from "./client";
import type { Language, SessionView, TotpSecret } from "./types";

export interface Credentials {
  login: string;
  password: string;
  code?: string;
}

/** A practice certificate as it is entered. */
export interface LicenceBody {
  number: string;
  scope: string;
  title: string;
  /** The last day it counts, YYYY-MM-DD; null where it has no end. */
  until: string | null;
  /** Named in place of what the scope says; null: as the scope says. */
  modalities: string[] | null;
  /** Ids of the hospitals whose examinations it counts for; null: every one. */
  sites: string[] | null;
}

/** covers: the modalities it lets its holder sign. */
export interface LicenceView extends LicenceBody {
  covers: string[];
}

/** may_release: whether a report is final by this name alone. key.fingerprint: SHA-256 of the public key. */
export interface SigningView {
  licence: LicenceView | null;
  may_sign: boolean;
  may_release: boolean;
  key: { id: string; fingerprint: string } | null;
}

export const sessionApi = {
  read: () => room.get<SessionView>("/session"),
  open: (credentials: Credentials) => room.send<SessionView>("POST", "/session", credentials),
  close: () => room.send<void>("DELETE", "/session"),
  lock: () => room.send<void>("POST", "/session/lock"),
  unlock: (password: string) => room.send<SessionView>("POST", "/session/unlock", { password }),
  totpSecret: () => room.send<TotpSecret>("POST", "/session/totp"),
  enrolTotp: (code: string) => room.send<SessionView>("PUT", "/session/totp", { code }),
  setPassword: (old: string, fresh: string) => room.send<SessionView>("PUT", "/session/password", { old, new: fresh }),
  signing: () => room.get<SigningView>("/signing"),
  setPin: (password: string, pin: string) => room.send<SessionView>("PUT", "/session/pin", { password, pin }),
  endOthers: () => room.send<void>("DELETE", "/session/others"),
  setLanguage: (language: Language) => room.send<SessionView>("PUT", "/session/language", { language }),
};
