import { i18n, type Messages } from "@lingui/core";
import { appearance, setAppearance } from "./appearance.ts";
import { loadPart } from "./load-part.ts";

export const LOCALES = { en: "English", ru: "Русский" } as const;
export type Locale = keyof typeof LOCALES;

const CATALOGUES: Record<Locale, () => Promise<{ messages: Messages }>> = {
  en: () => loadPart(() => import("../words/en.po")),
  ru: () => loadPart(() => import("../words/ru.po")),
};

/** The chosen language, else the browser's first that there are words for. */
export function preferredLocale(): Locale {
  const wanted = [appearance().locale, ...navigator.languages];
  for (const tag of wanted) {
    const language = tag?.slice(0, 2);
    if (language === "en" || language === "ru") return language;
  }
  return "en";
}

export async function activate(locale: Locale): Promise<void> {
  const { messages } = await CATALOGUES[locale]();
  i18n.loadAndActivate({ locale, messages });
  document.documentElement.lang = locale;
}

export async function chooseLocale(locale: Locale): Promise<void> {
  await activate(locale);
  setAppearance({ locale });
}
