/** How the console looks on this device. Read by `start/start.ts` before the first paint. */
export interface Appearance {
  /** Absent: as the system has it. */
  theme?: "light" | "dark";
  motion?: "on" | "off";
  /** Absent: the browser's language. */
  locale?: "en" | "ru";
  /** Absent: compact. */
  density?: "compact" | "comfortable";
  /** Single keys without a modifier. Absent: on. */
  shortcuts?: "on" | "off";
  /** After finishing or canceling, go to the next request. Absent: on. */
  openNext?: "on" | "off";
}

const KEY = "serviceflow.appearance";
const listeners = new Set<() => void>();
let current = read();

export function appearance(): Appearance {
  return current;
}

export function onAppearance(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function setAppearance(change: Appearance): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // A browser without storage forgets it with the page.
  }
  apply();
  for (const listener of listeners) listener();
}

export function isDark(): boolean {
  return document.documentElement.dataset.theme === "dark";
}

function apply(): void {
  const { dataset } = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  dataset.theme = current.theme ?? (dark ? "dark" : "light");
  dataset.motion = current.motion ?? "on";
}

function read(): Appearance {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Appearance;
  } catch {
    return {};
  }
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
addEventListener("storage", ({ key }) => {
  if (key !== KEY) return;
  current = read();
  apply();
  for (const listener of listeners) listener();
});
