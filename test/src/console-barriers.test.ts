import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ConsoleWorld, openConsole } from "./harness/console-world.ts";

let world: ConsoleWorld;

beforeAll(async () => {
  world = await openConsole();
});

afterAll(() => world?.close());

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** A theme is nothing but colours. */
const RULES_OF_COLOURS = ["color-contrast", "link-in-text-block"];

async function expectAccessible(page: Page): Promise<void> {
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.locator("html[data-theme=light]").waitFor({ state: "attached" });
  const light = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator("html[data-theme=dark]").waitFor({ state: "attached" });
  const dark = await new AxeBuilder({ page }).withRules(RULES_OF_COLOURS).analyze();
  const violations = Object.entries({ light, dark }).flatMap(([theme, found]) =>
    found.violations.map(
      ({ id, nodes }) => `${theme}: ${id}: ${nodes.map(({ html }) => html).join(" ")}`,
    ),
  );
  expect(violations).toEqual([]);
}

it("shows what people wrote as text, in every field", async () => {
  const attack = `<img src=x onerror="document.title='run'"><script>document.title='run'</script>`;
  const id = await world.file(`${attack} title`, { description: `${attack} description` });
  await world.call("POST", `/requests/${id}/comments`, {
    as: world.employee,
    body: { body: `${attack} comment` },
  });
  const { page } = await world.enter(world.admin, `/requests/${id}`);
  for (const place of ["title", "description", "comment"]) {
    await page.getByText(`${attack} ${place}`).first().waitFor();
  }
  expect(await page.title()).not.toBe("run");
});

it("has no barrier that axe finds, in either theme", async () => {
  const id = await world.file("A chair squeaks");
  const { page } = await world.enter(world.admin, `/inbox?view=open&row=${id}`);
  await page.getByRole("heading", { name: "A chair squeaks" }).waitFor();
  await expectAccessible(page);
  const pages: Readonly<Record<string, string>> = {
    [`/requests/${id}`]: "A chair squeaks",
    "/home": "What do you need?",
    "/new": "New request",
    "/you": "You",
  };
  for (const [path, name] of Object.entries(pages)) {
    await world.go(page, path);
    await page.getByRole("heading", { name, exact: true }).first().waitFor();
    await expectAccessible(page);
  }
});
