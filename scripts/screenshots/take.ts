import { setTimeout as pause } from "node:timers/promises";
import { type Browser, chromium, type Page, type Request } from "playwright-core";
import { DEVICES, NOW, type Office } from "./fill.ts";
import type { Language, PersonName } from "./office.ts";
import type { Picture } from "./pages.ts";

export const SIZES = { 360: 740, 1280: 832, 2560: 1440 } as const;
export type Width = keyof typeof SIZES;

export const THEMES = ["light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** One picture of one page. */
export interface Shot {
  picture: Picture;
  width: Width;
  theme: Theme;
}

const PHONE = 360;
const LOCALES = { en: "en-GB", ru: "ru-RU" } as const;
/** How long nothing may be on its way before a page counts as complete. */
const QUIET_MS = 800;
const STEP_MS = 50;

/** What the pages see as the server's address. */
const ORIGIN = "http://help.example.com";

/** @param url where the server is */
export function launch(url: string): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--font-render-hinting=none",
      `--host-resolver-rules=MAP ${new URL(ORIGIN).host} ${new URL(url).host}`,
      `--unsafely-treat-insecure-origin-as-secure=${ORIGIN}`,
    ],
  });
}

/** To be shown in documents, or looked at. */
type Purpose = "documents" | "review";

interface Setting {
  browser: Browser;
  /** Where the server is. */
  url: string;
  office: Office;
  language: Language;
  purpose: Purpose;
}

/** Takes pictures in a window of each person, and on their phone. */
export class Photographer {
  readonly #setting: Setting;
  readonly #windows = new Map<string, Window>();

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  async take({ picture, width, theme }: Shot): Promise<Buffer> {
    const { office, purpose } = this.#setting;
    const isPhone = width === PHONE;
    const key = `${picture.as} ${isPhone}`;
    const window = this.#windows.get(key) ?? watch(await this.#open(picture.as, isPhone));
    this.#windows.set(key, window);
    const { page } = window;
    await page.setViewportSize({ width, height: SIZES[width] });
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.unrouteAll();
    await page.context().setOffline(false);
    await page.goto(`${ORIGIN}/console${picture.path(office)}`);
    await complete(window);
    if (picture.act) {
      await picture.act(page, office);
      await complete(window);
    }
    return capture(page, purpose);
  }

  async close(): Promise<void> {
    for (const { page } of this.#windows.values()) await page.context().close();
  }

  async #open(person: PersonName | null, isPhone: boolean): Promise<Page> {
    const { browser, url, office, language } = this.#setting;
    const device = isPhone ? "phone" : "window";
    const context = await browser.newContext({
      locale: LOCALES[language],
      timezoneId: "Europe/Berlin",
      userAgent: DEVICES[device],
      isMobile: isPhone,
      hasTouch: isPhone,
    });
    await context.clock.setFixedTime(NOW);
    // What one picture shows as unread is so in the next one too: this call is never answered.
    await context.route(/requests\.markRead/, () => {});
    // A picture waits for the fonts; on a slow machine a page would go without them.
    await context.route(/\.css$/, async (route) => {
      const { pathname } = new URL(route.request().url());
      const response = await route.fetch({ url: url + pathname });
      const body = (await response.text()).replaceAll(
        "font-display:optional",
        "font-display:block",
      );
      await route.fulfill({ response, body });
    });
    const cookie = person === null ? undefined : office.sessions[person]?.[device];
    if (cookie) await context.addCookies([{ ...cookie, url: ORIGIN }]);
    return context.newPage();
  }
}

/** Calls that have no end, or get no answer here. */
const ENDLESS = /\/events\/stream|requests\.markRead/;

/** A page, and what is on its way to it. */
interface Window {
  page: Page;
  pending: Set<Request>;
}

function watch(page: Page): Window {
  const pending = new Set<Request>();
  page.on("request", (request) => {
    if (!ENDLESS.test(request.url())) pending.add(request);
  });
  page.on("requestfinished", (request) => pending.delete(request));
  page.on("requestfailed", (request) => pending.delete(request));
  page.on("framenavigated", () => pending.clear());
  return { page, pending };
}

/** Waits until a page has all its words and data, and stands still. */
async function complete({ page, pending }: Window): Promise<void> {
  for (let quietMs = 0; quietMs < QUIET_MS; quietMs = pending.size > 0 ? 0 : quietMs + STEP_MS) {
    await pause(STEP_MS);
  }
  await page.waitForFunction(
    () =>
      document.fonts.status === "loaded" &&
      document.querySelector("[data-skeleton]") === null &&
      document.querySelector("main, form") !== null,
  );
}

/** PNG is exact; WebP looks the same on a screen with twice the pixels, at a fifth of the size. */
async function capture(page: Page, purpose: Purpose): Promise<Buffer> {
  const session = await page.context().newCDPSession(page);
  const size = page.viewportSize() ?? { width: 0, height: 0 };
  const { data } = await session.send("Page.captureScreenshot", {
    ...(purpose === "documents" ? { format: "webp", quality: 75 } : { format: "png" }),
    clip: { x: 0, y: 0, ...size, scale: purpose === "documents" ? 2 : 1 },
  });
  await session.detach();
  return Buffer.from(data, "base64");
}
