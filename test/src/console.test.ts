import { brotliCompressSync } from "node:zlib";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { pressRussian, tabTo } from "./harness/browser.ts";
import { type Language, wordsOf } from "./harness/console-words.ts";
import { type ConsoleWorld, LOCALES, openConsole } from "./harness/console-world.ts";
import { LONG } from "./harness/long-run.ts";
import { serveWith } from "./harness/serve-with.ts";
import type { Person } from "./harness/test-app.ts";
import { waitUntil } from "./harness/waiting.ts";

/** Holds back scripts until they are let go. */
async function hold(page: Page, scripts: string): Promise<() => void> {
  const gate = Promise.withResolvers<void>();
  await page.route(scripts, async (route) => {
    await gate.promise;
    await route.continue();
  });
  return gate.resolve;
}

/** Each journey in one language, and in the long run in both. */
const inLanguages = (one: Language): Language[] => (LONG ? ["en", "ru"] : [one]);

let world: ConsoleWorld;

beforeAll(async () => {
  world = await openConsole({ TRUST_PROXY: "loopback" });
});

afterAll(() => world?.close());

const becomes = (read: () => Promise<unknown>, value: string) =>
  waitUntil(`it to become ${value}`, async () => (await read()) === value);

const requestOf = async (id: string) =>
  (await world.call("GET", `/requests/${id}`, { as: world.admin })).body;

describe("the console is served", () => {
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(world.server.url + path, { redirect: "manual", headers });

  it("to a browser that opens the root; a program gets the documentation", async () => {
    const browserAnswer = await get("/", { accept: "text/html,*/*;q=0.8" });
    expect(browserAnswer.headers.get("location")).toBe("/console/");
    expect((await get("/", { accept: "*/*" })).headers.get("location")).toBe("/docs");
  });

  it("at any address below its own, with a policy that has a nonce of its own each time", async () => {
    const nonces = new Set<string>();
    for (const path of ["/console/", "/console/inbox?view=mine", "/console/requests/SF-1"]) {
      const answer = await get(path);
      const policy = answer.headers.get("content-security-policy") ?? "";
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
      const page = await answer.text();
      expect(answer.status).toBe(200);
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("require-trusted-types-for 'script'");
      expect(page).toContain(`nonce="${nonce}"`);
      expect(page).not.toMatch(/<script(?![^>]*\bsrc=)/);
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(3);
  });

  it.each([
    ["GET", "/console", 200],
    ["HEAD", "/console/inbox", 200],
    ["GET", "/console/%00", 200],
    ["GET", "/console/assets/", 404],
    ["POST", "/console/", 405],
    ["OPTIONS", "/console/inbox", 204],
  ])("with the headers of a safe page in the answer to %s %s", async (method, path, status) => {
    const overTls = { "x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.7" };
    const answer = await fetch(world.server.url + path, { method, headers: overTls });
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-security-policy": expect.stringMatching(
        /^default-src 'none';.*frame-ancestors 'none'/,
      ),
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "strict-transport-security": expect.stringContaining("max-age="),
    });
  });

  it("with a page that says where the words of each language are, so that they load with the scripts", async () => {
    const page = await (await get("/console/")).text();
    const words = [...page.matchAll(/<meta name="words-(\w+)" content="([^"]+)">/g)];
    expect(words.map(([, language]) => language).sort()).toEqual(["en", "ru"]);
    for (const [, language, file = ""] of words) {
      expect((await get(file)).status, language).toBe(200);
    }
    // Before the script that reads them.
    expect(page.lastIndexOf('name="words-')).toBeLessThan(page.indexOf("/start-"));
  });

  it("with files that are compressed and kept for good, and nothing beside them", async () => {
    const page = await (await get("/console/")).text();
    const texts = new Set<string>();
    const script = /src="(\/console\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? "";
    for (const [coding, accepts] of [
      ["br", "gzip, deflate, br"],
      ["gzip", "gzip, br;q=0"],
      [null, "identity"],
    ] as const) {
      const answer = await get(script, { "accept-encoding": accepts });
      expect(answer.headers.get("content-encoding")).toBe(coding);
      expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(answer.status).toBe(200);
      texts.add(await answer.text());
    }
    expect(texts.size).toBe(1);
    const style = /href="(\/console\/assets\/[^"]+\.css)"/.exec(page)?.[1] ?? "";
    const small = await get(style, { "accept-encoding": "br" });
    const smallest = brotliCompressSync(await small.text()).length;
    expect(Number(small.headers.get("content-length"))).toBe(smallest);
    for (const path of [
      "/console/assets/no-such-file.js",
      "/console/assets/..%2f..%2fpackage.json",
      "/console/.built-from",
    ]) {
      const answer = await get(path);
      expect(await answer.text(), path).not.toMatch(/"dependencies"|^[0-9a-f]{64}$/);
    }
  });
});

describe("before its scripts have loaded, the console", () => {
  async function held(page: Page) {
    const letGo = await hold(page, "**/assets/first-*.js");
    const calls: string[] = [];
    page.on("request", (request) => {
      const [, call = ""] = /\/trpc\/(.*)/.exec(decodeURIComponent(request.url())) ?? [];
      if (call !== "") calls.push(call);
    });
    return { calls, letGo };
  }

  it("draws the frame of the inbox and asks for what it shows, once, and misses nothing that happens meanwhile", async () => {
    await world.file("A stool for the lab");
    const { page } = await world.enter(world.agent, "/you");
    await page.getByRole("main").waitFor();
    const { calls, letGo } = await held(page);
    const listed = page.waitForResponse(/requests\.list/);
    await page.goto("/console/inbox?view=open", { waitUntil: "commit" });
    await listed;
    await page.waitForFunction(
      () => performance.getEntriesByName("first-contentful-paint").length > 0,
    );
    expect(await page.locator("[data-frame]").isVisible()).toBe(true);
    const list = 'requests.list?input={"status":["NEW","IN_PROGRESS"],"limit":50}';
    const asked = (call: string) => calls.filter((one) => one.startsWith(call)).length;
    for (const call of ["users.me", list, "requests.counts", "categories.list"]) {
      expect(asked(call), call).toBe(1);
    }
    await world.file("A lamp for the lab");
    letGo();
    await page.getByRole("row", { name: /A stool for the lab/ }).waitFor();
    expect(await page.locator("[data-frame]").count()).toBe(0);
    await page.getByRole("button", { name: "1 new request" }).waitFor();
    // The event alone has had the list loaded again.
    expect(["users.me", list, "categories.list"].map(asked)).toEqual([1, 2, 1]);
  });

  it("shows and asks nothing where nobody is signed in", async () => {
    const { page } = await world.open("/", {});
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    const { calls, letGo } = await held(page);
    await page.goto("/console/inbox", { waitUntil: "load" });
    expect(await page.locator("[data-frame]").isVisible()).toBe(false);
    expect(calls).toEqual([]);
    letGo();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  });
});

describe("an agent", () => {
  it.each(inLanguages("en"))(
    "works by the keyboard alone, on a Russian layout: signs in, finds, claims, answers, notes, starts and finishes (%s)",
    async (language) => {
      const words = wordsOf(language);
      const title = `The dock does not charge (${language})`;
      const id = await world.file(title, { priority: "HIGH" });
      await world.file(`The dock is too short (${language})`);
      const { page } = await world.open("/", { locale: LOCALES[language] });
      await page.getByRole("heading", { name: words("Sign in") }).waitFor();
      await tabTo(page, "button", words("API key"));
      await page.keyboard.press("Enter");
      await page.getByRole("textbox", { name: words("API key") }).waitFor();
      await page.keyboard.insertText(world.agent.key);
      await page.keyboard.press("Enter");
      const row = page.getByRole("row", { name: new RegExp(`dock.*${language}`) });
      await row.nth(1).waitFor();

      await pressRussian(page, "Backslash", "Shift");
      await page.keyboard.insertText(`dock ${language}`);
      await page.keyboard.press("Enter");
      await tabTo(page, "button", words("Filter"));
      await page.keyboard.press("Enter");
      await page.getByRole("menuitem", { name: words("Priority") }).waitFor();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowRight");
      await page.getByRole("menuitemcheckbox", { name: words("High") }).waitFor();
      await page.keyboard.press("End");
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("Space");
      await page.keyboard.press("Escape");
      await waitUntil("the one that is urgent", async () => (await row.count()) === 1);
      await page.keyboard.press("Escape");
      await page.getByRole("menu").first().waitFor({ state: "detached" });

      await pressRussian(page, "KeyJ");
      await page.getByRole("heading", { name: title }).waitFor();
      await pressRussian(page, "KeyU");
      const path = `/requests/${id}`;
      const unread = async () => (await world.call("GET", path, { as: world.agent })).body.unread;
      await waitUntil("it to be unread again", async () => (await unread()) === true);
      await pressRussian(page, "KeyA");
      await becomes(async () => (await requestOf(id)).assignee?.id, world.agent.id);
      await page.getByRole("button", { name: words("Start") }).waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: title, level: 1 }).waitFor();

      await pressRussian(page, "KeyR");
      await page
        .getByRole("textbox", { name: words("Reply to {0}", { 0: "Marta Lind" }) })
        .waitFor();
      await page.keyboard.insertText("Try the other port.");
      await page.keyboard.press("Control+Enter");
      await page.getByText("Try the other port.").waitFor();
      await page.getByRole("button", { name: words("Note for the team") }).waitFor();
      await pressRussian(page, "KeyN");
      await page.getByRole("textbox", { name: words("Note for the team") }).waitFor();
      await page.keyboard.insertText("Third one this week.");
      await page.keyboard.press("Control+Enter");
      await page.getByText("Third one this week.").waitFor();
      await page.getByRole("button", { name: words("Note for the team") }).waitFor();

      await pressRussian(page, "KeyK", "Control");
      const palette = page.getByRole("dialog", { name: words("Search or run") });
      await palette.locator("input:focus").waitFor();
      await page.keyboard.insertText(words("Start"));
      await page.keyboard.press("Enter");
      await becomes(async () => (await requestOf(id)).status, "IN_PROGRESS");
      await page.getByRole("button", { name: words("Finish") }).waitFor();
      await pressRussian(page, "Digit7", "Shift");
      const sheet = page.getByRole("dialog", { name: words("Keyboard shortcuts") });
      await sheet.getByText(words("Mark as unread")).waitFor();
      await page.keyboard.press("Escape");
      await sheet.waitFor({ state: "detached" });
      await pressRussian(page, "KeyE");
      await becomes(async () => (await requestOf(id)).status, "DONE");
      const comments = await world.call("GET", `/requests/${id}/comments`, { as: world.agent });
      expect(
        comments.body.items.map(({ visibility, body }: Record<string, string>) => [
          visibility,
          body,
        ]),
      ).toEqual([
        ["INTERNAL", "Third one this week."],
        ["PUBLIC", "Try the other port."],
      ]);
    },
  );

  it("opens a menu that has not been loaded when it comes, unless the focus has gone on", async () => {
    const { page } = await world.enter(world.agent, "/you");
    const letGo = await hold(page, "**/assets/filter-menus-*.js");
    await page.getByRole("link", { name: "Inbox" }).click();
    const look = page.getByRole("button", { name: "Row height" });
    const filter = page.getByRole("button", { name: "Filter", exact: true });
    await look.press("Enter");
    expect(await look.getAttribute("aria-expanded")).toBe("true");
    await filter.press("ArrowUp");
    expect(await look.getAttribute("aria-expanded")).toBe("false");
    letGo();
    await page.getByRole("menuitem", { name: "Unread" }).and(page.locator(":focus")).waitFor();
    expect(await page.getByRole("menu").count()).toBe(1);
    await page.keyboard.press("Escape");
    await page.getByRole("menu").waitFor({ state: "detached" });
    expect(await filter.evaluate((button) => button === document.activeElement)).toBe(true);
  });

  it("claims all that is selected, each as it is shown, and reads what became of each", async () => {
    const first = await world.file("A cable for the projector");
    const second = await world.file("A pointer for the projector");
    const { page } = await world.enter(world.agent);
    await page.getByRole("row", { name: /A pointer for the projector/ }).waitFor();
    for (const key of ["j", "x", "j", "x"]) await page.keyboard.press(key);
    await page.getByText("2 selected").waitFor();
    await page.keyboard.press("a");
    await page.getByText("Claimed: 2.").waitFor();
    for (const id of [first, second]) {
      expect((await requestOf(id)).assignee?.id).toBe(world.agent.id);
    }
  });

  it("moves cards of the board by keys, a page at a time, and the focus goes with each card", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 12; i += 1) ids.push(await world.file(`A drawer is locked (${i})`));
    const { page } = await world.enter(world.agent, "/board", {
      viewport: { width: 1280, height: 480 },
    });
    const column = (name: string) => page.getByRole("grid", { name, exact: true });
    const cards = column("New").getByRole("row");
    await cards.first().focus();
    const here = () => page.locator(":focus").getAttribute("aria-rowindex").then(Number);
    await page.keyboard.press("PageDown");
    await waitUntil("the focus to have left the first card", async () => (await here()) > 1);
    const below = await here();
    expect(below).toBeGreaterThan(2);
    expect(below).toBeLessThan(8);
    await page.keyboard.press("PageUp");
    await becomes(async () => String(await here()), "1");

    /** Picks the card up, and drops it on the column that comes after so many others. */
    const move = async (id: string, tabs: number) => {
      const grip = page.getByRole("button", { name: `Move ${id}`, exact: true });
      await grip.waitFor({ state: "attached" });
      // A person presses a key to go on.
      await page.keyboard.press("Shift");
      await grip.focus();
      await page.keyboard.press("Enter");
      await page.locator("[data-dragging]").waitFor();
      for (let i = 0; i < tabs; i += 1) await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
    };
    const focusIn = (name: string, id: string) =>
      column(name).locator(`[role=row][data-key="${id}"]:focus`).waitFor();
    const [first, second] = ids.reverse() as [string, string];
    await move(first, 0);
    await focusIn("In progress", first);
    await move(second, 0);
    await focusIn("In progress", second);
    await move(first, 0);
    await focusIn("In progress", first);
    // After the seconds in which it can be undone.
    if (LONG) await focusIn("Done", first);
    const why = page.getByRole("alertdialog").getByRole("textbox", { name: "Reason" });
    await move(second, 1);
    await why.and(page.locator(":focus")).waitFor();
    await page.keyboard.press("Escape");
    await focusIn("In progress", second);
    await move(second, 1);
    await why.and(page.locator(":focus")).waitFor();
    await page.keyboard.insertText("The key was found.");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await focusIn("Canceled", second);
  });

  it("goes on where they were after their session was ended elsewhere", async () => {
    await world.file("A mouse that double-clicks");
    const { otherAgent, admin } = world;
    const { page } = await world.enter(otherAgent, "/inbox?view=open");
    await page.getByRole("grid", { name: "Requests" }).waitFor();
    await world.call("POST", `/users/${otherAgent.id}/api-keys/revoke-all`, {
      as: admin,
      body: {},
    });
    await page.getByText("Your session has ended.").waitFor();
    expect(new URL(page.url()).search).toBe("?view=open");
    const issued = await world.call("POST", `/users/${otherAgent.id}/api-keys`, {
      as: admin,
      body: { name: "Again" },
    });
    await page.getByRole("button", { name: "API key" }).click();
    await page.getByLabel("API key").fill(issued.body.apiKey);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("row", { name: /A mouse that double-clicks/ }).waitFor();
  });
});

it("who has lost the cookie is asked to sign in again by the first call, though the stream goes on", async () => {
  const { page, context } = await world.enter(world.agent);
  await page.getByText("Live", { exact: true }).waitFor();
  await context.clearCookies();
  // At once, so that no other call comes before.
  await page.getByRole("link", { name: "Board" }).dispatchEvent("click");
  await page.getByText("Your session has ended.").waitFor();
  expect(new URL(page.url()).pathname).toBe("/console/board");
});

describe("an employee", () => {
  it.each(inLanguages("ru"))(
    "files a request, keeps a draft over a reload, and cancels it (%s)",
    async (language) => {
      const words = wordsOf(language);
      const title = `Нужен второй монитор (${language})`;
      const { page } = await world.enter(world.employee, "/", { locale: LOCALES[language] });
      const details = page.getByLabel(words("Details: what happens, since when, what you tried"));
      await page.getByLabel(words("Summary")).fill(title);
      await details.fill("Для работы с чертежами.");
      await page.reload();
      expect(await details.inputValue()).toBe("Для работы с чертежами.");
      await page.getByRole("button", { name: words("File the request") }).click();
      await page.getByRole("link", { name: title }).click();
      await page.getByRole("button", { name: words("Cancel…") }).click();
      await page.getByLabel(words("Reason")).fill("Нашёлся на складе.");
      await page
        .getByRole("alertdialog")
        .getByRole("button", { name: words("Cancel the request") })
        .click();
      await page.getByRole("alertdialog").waitFor({ state: "detached" });
      await page.getByText("Нашёлся на складе.").first().waitFor();
      const { body } = await world.call("GET", "/requests?requester=me&status=CANCELED", {
        as: world.employee,
      });
      expect(body.items.map((request: { title: string }) => request.title)).toContain(title);
    },
  );

  it("never sees what is internal, nor the pages of others", async () => {
    const id = await world.file("A quiet matter");
    await world.call("POST", `/requests/${id}/comments`, {
      as: world.admin,
      body: { body: "Nobody outside may read this.", visibility: "INTERNAL" },
    });
    const { page } = await world.enter(world.employee, `/requests/${id}`);
    await page.getByRole("heading", { name: "A quiet matter" }).waitFor();
    expect(await page.getByText("Nobody outside may read this.").count()).toBe(0);
    expect(await page.getByRole("button", { name: "Note for the team" }).count()).toBe(0);
  });
});

it("lets people sign in from an address that has called too often without a session", async () => {
  const limited = await serveWith(world.database, { AUTH_FAILURES_PER_MINUTE: "1" });
  onTestFinished(() => limited.close());
  for (const status of [401, 429]) {
    expect((await fetch(`${limited.url}/api/v1/users/me`)).status).toBe(status);
  }
  const { page } = await world.open("/", { at: limited.url });
  const since = performance.now();
  await page.getByRole("button", { name: "API key" }).click();
  // Not after the minute that the server asks to wait.
  expect(performance.now() - since).toBeLessThan(50_000);
  await page.getByLabel("API key").fill(world.employee.key);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("Marta Lind").first().waitFor();
});

describe("a link that signs in", () => {
  const linkFor = async ({ id }: Person) => {
    const { body } = await world.call("POST", `/users/${id}/codes`, {
      as: world.admin,
      body: { purpose: "SESSION" },
    });
    return `/console/#code=${body.code}`;
  };

  it("names the person, and one who is somebody else can leave", async () => {
    const { page } = await world.open((await linkFor(world.employee)).slice("/console".length));
    await page.getByText("You’re signed in as Marta Lind.").waitFor();
    expect(page.url()).not.toContain("code");
    await page.getByRole("button", { name: "Not you? Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  });

  it("asks one who is signed in, and then changes all tabs of the browser", async () => {
    await world.file("A chair that squeaks");
    const { page } = await world.enter(world.agent, "/inbox");
    await page.getByRole("grid", { name: "Requests" }).waitFor();
    const other = await page.context().newPage();
    await world.go(other, "/inbox");
    await other.getByRole("grid", { name: "Requests" }).waitFor();
    const link = await linkFor(world.employee);
    // Typed into the address, it loads no page.
    await page.evaluate((hash) => location.assign(hash), new URL(link, world.server.url).hash);
    const question = page.getByRole("alertdialog", { name: "Sign in by this link?" });
    await question.getByRole("button", { name: "Stay" }).click();
    await question.waitFor({ state: "detached" });
    expect(page.url()).toBe(`${world.server.url}/console/inbox`);
    await page.goto(link);
    await question.getByText(`You’re signed in as ${world.agent.fullName}.`).waitFor();
    await question.getByRole("button", { name: "Sign in by the link" }).click();
    for (const each of [page, other]) await each.getByText("Marta Lind").first().waitFor();
  });
});
