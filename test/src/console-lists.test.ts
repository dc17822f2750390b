import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fillAtSize } from "./harness/console-at-size.ts";
import { type ConsoleWorld, openConsole } from "./harness/console-world.ts";
import { LONG, ONLY_LONG } from "./harness/long-run.ts";

/** As many rows as a page of a screen and what is beside it may have. */
const MOST_ROWS = 90;

interface List {
  path: string;
  /** What scrolls. */
  region: string;
  rows: string;
  /** Of one row: its number in the list. */
  place: string;
  count: number;
}

const LISTS: Readonly<Record<string, List>> = {
  people: {
    path: "/people",
    region: "section[aria-label=People]",
    rows: "tbody tr[aria-rowindex]",
    place: "aria-rowindex",
    count: 5_000,
  },
  "the audit log": {
    path: "/audit",
    region: "section[aria-label=Entries]",
    rows: "ol[aria-label=Entries] > li",
    place: "aria-posinset",
    count: 100_000,
  },
  categories: {
    path: "/categories",
    region: "section[aria-label=Categories]",
    rows: "tbody tr[aria-rowindex]",
    place: "aria-rowindex",
    count: 300,
  },
  keys: {
    path: "/keys",
    region: "section[aria-label=Keys]",
    rows: "tbody tr[aria-rowindex]",
    place: "aria-rowindex",
    count: 500,
  },
  deliveries: {
    path: "/webhooks?hook=",
    region: "section[aria-label=Deliveries]",
    rows: "tbody tr[aria-rowindex]",
    place: "aria-rowindex",
    count: 20_000,
  },
  requests: {
    path: "/inbox?view=all",
    region: "[role=grid]",
    rows: "[role=rowgroup] > [role=row]",
    place: "aria-rowindex",
    count: 5_000,
  },
};

const NAME = "lists of many rows";
if (LONG) describe(NAME, atSize);
else it(NAME, ({ skip }) => skip(ONLY_LONG));

function atSize() {
  let world: ConsoleWorld;
  let request: string;
  let hook: string;

  beforeAll(async () => {
    world = await openConsole();
    request = await fillAtSize(world, {
      people: 5_000,
      entries: 100_000,
      turns: 2_000,
      categories: 300,
      webhooks: 99,
      deliveries: 20_000,
      keys: 500,
      requests: 5_000,
    });
    const { body } = await world.call("GET", "/webhooks?limit=100", { as: world.admin });
    hook = body.items.find((one: { description: string }) => one.description === "Hook 1").id;
  });
  afterAll(() => world?.close());

  const placesOf = (page: Page, { rows, place }: List) =>
    page
      .locator(rows)
      .evaluateAll((shown, name) => shown.map((row) => Number(row.getAttribute(name))), place);

  describe.each([360, 1280])("%i px wide", (width) => {
    it.each(Object.entries(LISTS))(
      "%s hold in the page what is in sight, wherever one is",
      async (_, list) => {
        const path = list.path.endsWith("hook=") ? `${list.path}${hook}` : list.path;
        const viewport = { width, height: 800 };
        const { page } = await world.enter(world.admin, path, { viewport });
        const region = page.locator(list.region);
        await page.locator(list.rows).first().waitFor();
        expect(await page.locator(list.rows).count()).toBeLessThan(MOST_ROWS);
        await region.focus();
        // So far down that the first page is not held any more.
        const far = Math.min(list.count - 50, 900);
        await expect
          .poll(
            async () => {
              await region.evaluate((element) => element.scrollBy(0, 5_000));
              return Math.max(...(await placesOf(page, list)));
            },
            { timeout: 60_000 },
          )
          .toBeGreaterThan(far);
        expect(await page.locator(list.rows).count()).toBeLessThan(MOST_ROWS);
        const places = await placesOf(page, list);
        expect(places).toEqual([...places].sort((a, b) => a - b));
        await page.keyboard.press("Home");
        await expect
          .poll(async () => Math.min(...(await placesOf(page, list))), { timeout: 30_000 })
          .toBeLessThan(3);
        await page.keyboard.press("End");
        await expect
          .poll(async () => Math.max(...(await placesOf(page, list))), { timeout: 30_000 })
          .toBeGreaterThan(far);
      },
    );
  });

  describe.each([360, 1280])("%i px wide", (width) => {
    it.each([
      {
        name: "one’s own requests",
        path: "/home",
        who: "employee",
        rows: "ul[aria-label='Open requests'] > li",
      },
      {
        name: "one’s own keys",
        path: "/you",
        who: "admin",
        rows: "table[aria-label=Keys] tbody tr[aria-rowindex]",
      },
      {
        name: "a column of the board",
        path: "/board?whose=all",
        who: "agent",
        rows: "[role=grid][aria-label=New] [data-index]",
      },
    ] as const)("$name: in the page is what is in sight", async ({ path, who, rows }) => {
      const viewport = { width, height: 800 };
      const { page } = await world.enter(world[who], path, { viewport });
      const index = async () => {
        const all = await page
          .locator(rows)
          .evaluateAll((shown) => shown.map((row) => Number((row as HTMLElement).dataset.index)));
        return Math.max(...all);
      };
      const more = page.getByRole("button", { name: "Show more" }).first();
      await page.locator(rows).first().waitFor();
      await expect
        .poll(
          async () => {
            if ((await more.count()) > 0) await more.click();
            return await index();
          },
          { timeout: 60_000 },
        )
        .toBeGreaterThan(150);
      expect(await page.locator(rows).count()).toBeLessThan(MOST_ROWS);
      const scroll = page.locator("[data-scroll]", { has: page.locator(rows) });
      await scroll.evaluate((element) => element.scrollTo({ top: 0, behavior: "instant" }));
      await expect.poll(index, { timeout: 30_000 }).toBeLessThan(MOST_ROWS);
      expect(await page.locator(rows).first().getAttribute("data-index")).toBe("0");
    });
  });

  it("the keys walk through a column of the board", async () => {
    const { page } = await world.enter(world.agent, "/board?whose=all");
    const column = page.getByRole("grid", { name: "New" });
    await page.getByRole("button", { name: "Show more" }).click();
    await expect.poll(() => column.getAttribute("aria-rowcount"), { timeout: 30_000 }).toBe("50");
    const here = () => page.locator(":focus").getAttribute("aria-rowindex");
    await column.getByRole("row").first().focus();
    await page.keyboard.press("End");
    await expect.poll(here).toBe("50");
    for (let presses = 0; presses < 30; presses += 1) await page.keyboard.press("ArrowUp");
    expect(await here()).toBe("20");
    await expect.poll(() => page.locator(":focus").evaluate(isInSight)).toBe(true);
    await page.keyboard.press("Home");
    await expect.poll(here).toBe("1");
  });

  it("an assignee is found among thousands of people by typing, and chosen by Enter", async () => {
    const { page } = await world.enter(world.admin, `/requests/${request}`);
    const asked: string[] = [];
    page.on("request", (call) => asked.push(call.url()));
    await page.getByRole("button", { name: "Assign…" }).click();
    const people = page.getByRole("listbox", { name: "People" });
    await people.getByRole("option").first().waitFor();
    expect(await people.getByRole("option").count()).toBeLessThan(110);
    await page.keyboard.type("person 4000");
    await expect
      .poll(() => people.getByRole("option").allTextContents())
      .toEqual([expect.stringContaining("Person 4000")]);
    await page.keyboard.press("Enter");
    await page.getByText(`${request} is assigned to Person 4000.`).waitFor();
    expect(asked.filter((url) => url.includes("users.list")).length).toBeLessThan(5);
  });

  it("a form offers every category, and finds one by its name", async () => {
    const { page } = await world.enter(world.employee, "/new");
    await page.getByRole("button", { name: "Team" }).click();
    await page.getByRole("searchbox", { name: "Find" }).fill("team 287");
    await page.getByRole("menuitemradio", { name: "Team 287" }).click();
    await page.getByRole("button", { name: "Team Team 287" }).waitFor();
  });

  it("an event loads the latest part of a long conversation again, and no more", async () => {
    const { page } = await world.enter(world.admin, `/requests/${request}`);
    const before = page.getByRole("button", { name: "Show what came before" });
    const turns = page.locator("ol[aria-label=Conversation] > li");
    for (let shown = 50; shown < 400; shown += 50) {
      await expect.poll(() => turns.count(), { timeout: 30_000 }).toBeGreaterThan(shown - 1);
      await before.click();
    }
    await expect.poll(() => turns.count(), { timeout: 30_000 }).toBeGreaterThan(399);
    await page.getByText("Live", { exact: true }).waitFor();
    let calls = 0;
    page.on("request", (call) => {
      if (call.url().includes("requests.history")) calls += 1;
    });
    await world.call("POST", `/requests/${request}/comments`, {
      as: world.agent,
      body: { body: "One more." },
    });
    await page.getByText("One more.").waitFor();
    expect(calls).toBeLessThan(4);
  });
}

function isInSight(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight;
}
