import type { Language } from "./office.ts";
import { PICTURES } from "./pages.ts";
import type { Shot, Theme, Width } from "./take.ts";

function shot(name: string, width: Width, theme: Theme): Shot {
  const picture = PICTURES.find((each) => each.name === name);
  if (!picture) throw new Error(`No picture ${name}`);
  return { picture, width, theme };
}

/** The pictures that documents show. */
export const DOCUMENTED: Record<Language, Shot[]> = {
  en: [
    shot("inbox", 1280, "light"),
    shot("inbox", 1280, "dark"),
    shot("home", 1280, "light"),
    shot("home", 1280, "dark"),
    shot("employee-request", 360, "light"),
    shot("request-reply", 1280, "light"),
    shot("inbox-many", 1280, "light"),
    shot("board", 1280, "light"),
    shot("dashboard", 1280, "light"),
    shot("people", 1280, "light"),
    shot("webhook-delivery", 1280, "light"),
    shot("audit", 1280, "light"),
  ],
  ru: [shot("inbox", 1280, "light"), shot("inbox", 1280, "dark")],
};
