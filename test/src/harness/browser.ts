import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

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
  /** Errors of the page's scripts, and what its Content-Security-Policy has stopped. */
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
  const page = await context.newPage();
  // A busy machine is slow, not broken: this only ends what hangs.
  page.setDefaultTimeout(60_000);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (message.text().startsWith(VIOLATION)) faults.push(message.text());
  });
  await page.addInitScript((prefix) => {
    document.addEventListener("securitypolicyviolation", (event) => {
      // biome-ignore lint/suspicious/noConsole: this runs in the page, and its console is listened to
      console.error(prefix, event.violatedDirective, event.blockedURI, event.sample);
    });
  }, VIOLATION);
  return { page, faults, close: () => context.close() };
}

const VIOLATION = "Content-Security-Policy:";
