import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ATTACK, type Contents, fillConsole } from "./harness/console-contents.ts";
import { PLACES } from "./harness/console-places.ts";
import { type Language, wordsOf } from "./harness/console-words.ts";
import { type ConsoleWorld, LOCALES, openConsole } from "./harness/console-world.ts";
import { LONG } from "./harness/long-run.ts";
import type { Person } from "./harness/test-app.ts";
import { waitUntil } from "./harness/waiting.ts";

type Width = 360 | 1280 | 2560;
type Look = readonly [place: string, language: Language, width: Width];

/** Every place in one look; all places in all looks take minutes. */
const SAMPLE: readonly Look[] = [
  ["the inbox", "en", 1280],
  ["a request", "ru", 360],
  ["a note for the team", "en", 1280],
  ["the palette on a request", "ru", 1280],
  ["the home of an employee", "ru", 360],
  ["the choice of a role", "en", 360],
  ["an entry of the audit log", "en", 1280],
  ["a webhook", "ru", 1280],
];
const LOOKS: readonly (readonly [Language, Width])[] = [
  ["en", 360],
  ["en", 1280],
  ["en", 2560],
  ["ru", 360],
  ["ru", 1280],
];
const EVERY: readonly Look[] = Object.entries(PLACES).flatMap(([name, { only }]) =>
  LOOKS.filter(([, width]) => only === undefined || (only === "narrow") === (width === 360)).map(
    ([language, width]): Look => [name, language, width],
  ),
);

/** What opens a dialog; of a menu, with its item. */
const OPENERS: readonly (readonly [
  dialog: string,
  path: (contents: Contents) => string,
  opener: RegExp,
  item: string | null,
])[] = [
  ["the choice of a role", () => "/people", /^Commands for Mallory/, "Change role…"],
  ["the form of a new person", () => "/people", /^Add$/, null],
  ["the form of a new key", () => "/keys", /^Issue a key$/, null],
  ["the choice of who did it", () => "/audit", /^Filter$/, "Person…"],
  ["the export", () => "/audit", /^Export…$/, null],
  [
    "a webhook's form",
    ({ webhook }) => `/webhooks?hook=${webhook}`,
    /^Commands for hooks/,
    "Edit…",
  ],
  ["the question why", ({ open }) => `/requests/${open}`, /^Cancel…$/, null],
  ["the choice of an assignee", ({ open }) => `/requests/${open}`, /^Assign…$/, null],
  ["the keyboard shortcuts", () => "/people", /^Keyboard shortcuts$/, null],
  ["the palette", () => "/people", /^Search or run/, null],
];

let world: ConsoleWorld;

beforeAll(async () => {
  world = await openConsole();
});

afterAll(() => world?.close());

/** What is read aloud, without what differs from run to run. */
async function readAloud(page: Page): Promise<string> {
  const ids = new Map<string, string>();
  const tree = await page.locator("body").ariaSnapshot();
  return `${tree
    .split("\n")
    .filter((line) => !line.includes("- /url:"))
    .join("\n")
    .replace(/SF-\d+/g, (id) => {
      if (!ids.has(id)) ids.set(id, `SF-${ids.size + 1}`);
      return ids.get(id) as string;
    })
    .replace(/\b(now|\d+ minutes? ago)\b/g, "a moment ago")
    .replace(/\b\d{1,2}:\d{2} [AP]M\b/g, "9:05 AM")}\n`;
}

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** The dark theme differs from the light one in nothing but colours. */
const RULES_OF_COLOURS = ["color-contrast", "link-in-text-block"];

async function barriersOf(page: Page, without: string[] = []): Promise<string[]> {
  const found = async (axe: AxeBuilder) =>
    (await axe.analyze()).violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
    );
  const light = await found(new AxeBuilder({ page }).withTags(TAGS).disableRules(without));
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator("html[data-theme=dark]").waitFor();
  const dark = await found(new AxeBuilder({ page }).withRules(RULES_OF_COLOURS));
  return [...light, ...dark.map((barrier) => `in the dark, ${barrier}`)];
}

describe("what is read aloud makes sense", () => {
  let id: string;

  beforeAll(async () => {
    await world.file("The projector flickers", { priority: "HIGH" });
    id = await world.file("The meeting room is too warm", {
      description: "Since Monday, in the afternoon. See SF-1.",
    });
    const { agent, call, employee } = world;
    const on = (path: string, as: Person, body: object, headers = {}) =>
      call("POST", `/requests/${id}/${path}`, { as, body, headers });
    await on("claim", agent, {}, { "if-match": '"1"' });
    await on("comments", agent, { body: "Somebody comes at noon." });
    await on("comments", agent, { body: "The valve again.", visibility: "INTERNAL" });
    await on("comments", employee, { body: "Thank you." });
  });

  it("of the inbox", async () => {
    const { page } = await world.enter(world.otherAgent, "/inbox?view=open");
    await page.getByRole("row").nth(1).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    await expect(await readAloud(page)).toMatchFileSnapshot("read-aloud/inbox.yaml");
  });

  it("of a request", async () => {
    const { page } = await world.enter(world.agent, `/requests/${id}`);
    await page.getByText("Thank you.").waitFor();
    await page.getByText("Not sealed yet").first().waitFor({ state: "detached" });
    await page.getByText("Live", { exact: true }).waitFor();
    await expect(await readAloud(page)).toMatchFileSnapshot("read-aloud/request.yaml");
  });
});

describe("where people have written attacks", () => {
  let contents: Contents;

  beforeAll(async () => {
    contents = await fillConsole(world);
  });

  async function arrive(
    name: string,
    options: Parameters<ConsoleWorld["open"]>[1],
    words = wordsOf("en"),
  ) {
    const place = PLACES[name];
    if (place === undefined) throw new Error(`There is no place "${name}"`);
    const path = place.path(contents);
    const { page } =
      place.as === null
        ? await world.open(path, options)
        : await world.enter(place.as === "employee" ? world.employee : world.admin, path, options);
    await place.open?.(page, words, contents);
    await place.shows(page, words, contents).waitFor();
    return page;
  }

  it.each(LONG ? EVERY : SAMPLE)(
    "axe finds no barrier in %s (%s, %i px, light and dark)",
    async (name, language, width) => {
      const page = await arrive(
        name,
        {
          locale: LOCALES[language],
          viewport: { width, height: 800 },
          colorScheme: "light",
          reducedMotion: "reduce",
        },
        wordsOf(language),
      );
      const without = PLACES[name]?.hidesTheRest ? ["page-has-heading-one"] : [];
      expect(await barriersOf(page, without)).toEqual([]);
      // What people have written is text there, and nothing else.
      expect(await page.locator('img[src="x"], [onerror], [onmouseover]').count()).toBe(0);
    },
  );

  it.each(LONG ? OPENERS : OPENERS.slice(0, 1))(
    "gives the focus back to what %s was opened with, and shows where it is",
    async (_, path, opener, item) => {
      const { page } = await world.enter(world.admin, path(contents), { reducedMotion: "reduce" });
      const opened = page.getByRole("button", { name: opener }).locator("visible=true").first();
      await opened.focus();
      await page.keyboard.press("Enter");
      if (item !== null) {
        await page.getByRole("menuitem", { name: item }).focus();
        await page.keyboard.press("Enter");
      }
      const dialog = page.getByRole("dialog").or(page.getByRole("alertdialog"));
      await page
        .locator(":is([role=dialog], [role=alertdialog]):is(:focus, :focus-within)")
        .waitFor();
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      await waitUntil("the focus to be back", () =>
        opened.evaluate((element) => element === document.activeElement),
      );
      expect(await opened.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe(
        "solid",
      );
    },
  );

  it("shows what people wrote as text, in every field, and lets no script in", async () => {
    const page = await arrive("a request", {});
    const { open, closed, other, webhook } = contents;
    const written: Readonly<Record<string, readonly string[]>> = {
      [`/requests/${open}`]: [
        `Open title ${ATTACK}`,
        `Open description ${ATTACK}`,
        `PUBLIC comment ${ATTACK}`,
        `INTERNAL comment ${ATTACK}`,
        other.fullName,
        `Attacks ${ATTACK}`,
      ],
      [`/requests/${closed}`]: [`A reason ${ATTACK}`, `Trent ${ATTACK}`],
      // A sentence with somebody's words in it.
      [`/new?followsUp=${closed}`]: [`Closed title ${ATTACK}`],
      "/inbox?view=all": [`Closed title ${ATTACK}`],
      "/board?whose=all": [`Open title ${ATTACK}`],
      "/people": [other.fullName],
      [`/people/${other.id}`]: [other.fullName],
      "/keys": [`Key ${ATTACK}`],
      "/categories": [`Attacks ${ATTACK}`, `A description ${ATTACK}`],
      [`/webhooks?hook=${webhook}`]: ["hooks.example.com"],
      "/audit": [other.fullName],
      "/dashboard": [`Attacks ${ATTACK}`],
    };
    for (const [path, texts] of Object.entries(written)) {
      // As by a link: the page stays the one that everything was written to.
      await page.evaluate((to) => history.pushState(null, "", to), `/console${path}`);
      for (const text of texts)
        await page.getByText(text).locator("visible=true").first().waitFor();
      expect(await page.locator('img[src="x"], [onerror], [onmouseover]').count(), path).toBe(0);
    }
  });

  it("has a policy that lets no text become markup, and the tests hear of what it stops", async () => {
    const { page, faults } = await world.enter(world.employee, "/home");
    const become = () =>
      page.evaluate((text) => {
        try {
          document.body.insertAdjacentHTML("beforeend", text);
          return "markup";
        } catch {
          return "refused";
        }
      }, ATTACK);
    expect(await become()).toBe("refused");
    const heard = faults.splice(0);
    expect(heard).toEqual([expect.stringContaining("requires 'TrustedHTML'")]);
  });
});
