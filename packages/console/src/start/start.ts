/**
 * Runs in <head> before the first paint, as a script of its own: the theme, the frame that is drawn meanwhile, and the first
 * calls, which go out while the scripts of the console are still loading. The Content-Security-Policy allows no inline script.
 */
import { loadPart } from "../app/load-part.ts";
import { askFirst } from "./first-calls.ts";

/** A page that is in sight paints by then. */
const PAINT_MS = 300;

const root = document.documentElement;
const chosen = read();
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
root.dataset.theme = chosen.theme ?? (dark ? "dark" : "light");
root.dataset.motion = chosen.motion ?? "on";

const content = (name: string) =>
  document.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content;
const languages = [chosen.locale, ...navigator.languages].map((tag) => tag?.slice(0, 2));
const words =
  languages.flatMap((language) => content(`words-${language}`) ?? [])[0] ?? content("words-en");
if (words !== undefined) preload(words);

if (root.dataset.session === "yes") {
  const path = location.pathname.replace("/console", "");
  if (path === "/inbox") root.dataset.shell = "inbox";
  askFirst(path, location.search);
}

void painted().then(run);

/** Runs the scripts of the console after what the page shows already is painted, each as a task of its own. */
async function run(): Promise<void> {
  for (const script of content("scripts")?.split(" ") ?? []) {
    await loadPart(() => import(/* @vite-ignore */ script));
    await new Promise((resolve) => setTimeout(resolve));
  }
}

function read(): { theme?: string; motion?: string; locale?: string } {
  try {
    return JSON.parse(localStorage.getItem("serviceflow.appearance") ?? "{}");
  } catch {
    return {};
  }
}

function preload(href: string): void {
  const link = { rel: "modulepreload", href, fetchPriority: "low" };
  document.head.append(Object.assign(document.createElement("link"), link));
}

function painted(): Promise<void> {
  return new Promise((resolve) => {
    document.addEventListener("DOMContentLoaded", () => {
      // A page that is not to be seen paints nothing.
      setTimeout(resolve, document.hidden ? 0 : PAINT_MS);
      requestAnimationFrame(() => setTimeout(resolve));
    });
  });
}
