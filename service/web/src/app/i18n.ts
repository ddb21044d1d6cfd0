import i18next, { type TFunction } from "i18next";
import { initReactI18next } from "react-i18next";

import { room } from "../api/client";
import type { Language } from "../api/types";
import en from "../locales/en";
import zh from "../locales/zh-CN";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof zh };
    returnNull: false;
  }
}

const REMEMBERED = "consilium.language";

/** Chinese unless this browser was told otherwise; nothing falls back to another language silently. */
export function startLanguage(): void {
  void i18next.use(initReactI18next).init({
    resources: { "zh-CN": { translation: zh }, en: { translation: en } },
    lng: localStorage.getItem(REMEMBERED) === "en" ? "en" : "zh-CN",
    fallbackLng: false,
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  follow(language());
}

export function language(): Language {
  return i18next.language === "en" ? "en" : "zh-CN";
}

export async function speak(chosen: Language): Promise<void> {
  localStorage.setItem(REMEMBERED, chosen);
  follow(chosen);
  await i18next.changeLanguage(chosen);
}

/** The `lang` attribute decides which shapes Han characters take. */
function follow(chosen: Language): void {
  document.documentElement.lang = chosen;
  room.language = chosen;
}

export type Translate = TFunction;
