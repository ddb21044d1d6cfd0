import { room } from "./client";
import type { Language, SessionView, TotpSecret } from "./types";

export interface Credentials {
  login: string;
  password: string;
  code?: string;
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
  setLanguage: (language: Language) => room.send<SessionView>("PUT", "/session/language", { language }),
};
