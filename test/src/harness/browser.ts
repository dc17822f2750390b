import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";

/** Debian's Chromium, or the one that CHROMIUM names. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}

/** A person's own window, and everything that went wrong in it. */
export interface Window {
  page: Page;
  context: BrowserContext;
  /** Of all its tabs: errors of the pages' scripts, and what their Content-Security-Policy has stopped. */
  faults: string[];
  close(): Promise<void>;
}

/** Opens a window that shares nothing with another one. */
export async function openWindow(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Window> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: "en-US",
    ...options,
  });
  // A busy machine is slow, not broken: this only ends what hangs.
  context.setDefaultTimeout(60_000);
  const faults: string[] = [];
  context.on("weberror", (error) => faults.push(String(error.error())));
  context.on("console", (message) => {
    // A call that is refused is not the fault of the page, and the browser writes it there.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      faults.push(message.text());
    }
  });
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      // biome-ignore lint/suspicious/noConsole: this runs in the page, and its console is listened to
      console.error(
        "Content-Security-Policy:",
        event.violatedDirective,
        event.blockedURI,
        event.sample,
      );
    });
  });
  const page = await context.newPage();
  return { page, context, faults, close: () => context.close() };
}

/** Where the Russian layout has what the console listens to: the sign that a key gives there. */
const RUSSIAN = {
  KeyA: "ф",
  KeyE: "у",
  KeyJ: "о",
  KeyK: "л",
  KeyN: "т",
  KeyR: "к",
  KeyS: "ы",
  KeyU: "г",
  Digit7: "?",
  Backslash: "/",
} as const;
const CONTROL = 2;
const SHIFT = 8;

/** Presses a key while the Russian layout is on. */
export async function pressRussian(
  page: Page,
  code: keyof typeof RUSSIAN,
  modifier?: "Control" | "Shift",
): Promise<void> {
  const keyboard = await page.context().newCDPSession(page);
  const modifiers = { Control: CONTROL, Shift: SHIFT, none: 0 }[modifier ?? "none"];
  for (const type of ["rawKeyDown", "keyUp"] as const) {
    await keyboard.send("Input.dispatchKeyEvent", { type, code, key: RUSSIAN[code], modifiers });
  }
  await keyboard.detach();
}

/** Goes to something by Tab alone. */
export async function tabTo(page: Page, role: "button" | "link", name: string): Promise<void> {
  const target = page.getByRole(role, { name, exact: true }).first();
  for (let presses = 0; presses < 60; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to the ${role} ${name}`);
}
