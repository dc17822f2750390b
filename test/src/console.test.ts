import { AxeBuilder } from "@axe-core/playwright";
import type { RunningServer } from "@serviceflow/server";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { launchChromium, openWindow, type Window } from "./harness/browser.ts";
import { buildConsole } from "./harness/built-console.ts";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { addPeople } from "./harness/people.ts";
import { serveWith } from "./harness/serve-with.ts";
import { caller, type Person } from "./harness/test-app.ts";
import { waitUntil } from "./harness/waiting.ts";

let database: TestDatabase & { url: string };
let server: RunningServer;
let browser: Browser;
let admin: Person;
let agent: Person;
let otherAgent: Person;
let employee: Person;
let call: ReturnType<typeof caller>;

beforeAll(async () => {
  await buildConsole();
  database = await freshPostgres();
  server = await serveWith(database, {});
  call = caller(fetch, `${server.url}/api/v1`);
  const people = await addPeople(server.url);
  admin = people.admin;
  [agent, otherAgent] = people.agents as [Person, Person];
  const { body } = await call("POST", "/users", {
    as: admin,
    body: { fullName: "Marta Lind", email: "marta@example.com", role: "EMPLOYEE" },
  });
  employee = { id: body.id, fullName: body.fullName, key: body.apiKey };
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await database?.drop();
});

/** Opens the console as somebody who signs in with their key. */
async function signIn(person: Person, path = "/", options?: Parameters<typeof openWindow>[1]) {
  const opened = await openWindow(browser, options);
  onTestFinished(async () => {
    expect(opened.faults).toEqual([]);
    await opened.close();
  });
  await opened.page.goto(`${server.url}/console${path}`);
  const ru = options?.locale === "ru-RU";
  await opened.page.getByRole("button", { name: ru ? "Ключ API" : "API key" }).click();
  await opened.page.getByLabel(ru ? "Ключ API" : "API key").fill(person.key);
  await opened.page.getByRole("button", { name: ru ? "Продолжить" : "Continue" }).click();
  return opened;
}

async function file(title: string, more: Record<string, unknown> = {}): Promise<string> {
  const { body } = await call("POST", "/requests", { as: employee, body: { title, ...more } });
  return body.id;
}

const becomes = (read: () => Promise<unknown>, value: string) =>
  waitUntil(`it to become ${value}`, async () => (await read()) === value);

const requestOf = async (id: string) => (await call("GET", `/requests/${id}`, { as: admin })).body;

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`),
  ).toEqual([]);
}

describe("the console is served", () => {
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(server.url + path, { redirect: "manual", headers });

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

describe("an agent", () => {
  it("claims, starts, answers and finishes a request by keys alone", async () => {
    const id = await file("The dock does not charge");
    const { page } = await signIn(agent);
    await page.getByRole("row", { name: /The dock does not charge/ }).waitFor();
    await page.keyboard.press("j");
    await page.getByRole("heading", { name: "The dock does not charge" }).waitFor();
    await page.keyboard.press("a");
    await becomes(async () => (await requestOf(id)).assignee?.id, agent.id);
    await page.getByRole("button", { name: "Start" }).waitFor();
    await page.keyboard.press("s");
    await becomes(async () => (await requestOf(id)).status, "IN_PROGRESS");
    await page.keyboard.press("r");
    await page.getByRole("textbox", { name: "Reply to Marta" }).fill("Try the other port.");
    await page.keyboard.press("Control+Enter");
    await page.getByText("Try the other port.").waitFor();
    await page.getByRole("button", { name: "Note for the team" }).waitFor();
    await page.keyboard.press("n");
    await page.getByRole("textbox", { name: "Note for the team" }).fill("Third one this week.");
    await page.keyboard.press("Control+Enter");
    await page.getByText("Internal, Marta does not see it").waitFor();
    await page.keyboard.press("e");
    await becomes(async () => (await requestOf(id)).status, "DONE");
    const comments = await call("GET", `/requests/${id}/comments`, { as: agent });
    expect(
      comments.body.items.map(({ visibility, body }: Record<string, string>) => [visibility, body]),
    ).toEqual([
      ["INTERNAL", "Third one this week."],
      ["PUBLIC", "Try the other port."],
    ]);
  });

  it("sees a claim by another one, and no button for it any more", async () => {
    const id = await file("A badge for a visitor");
    const one = await signIn(agent, `/inbox?row=${id}`);
    const other = await signIn(otherAgent, `/inbox?row=${id}`);
    const claim = ({ page }: Window) =>
      page.getByRole("button", { name: "Claim", exact: true, disabled: false });
    await claim(one).waitFor();
    await claim(other).click();
    await claim(one).waitFor({ state: "detached" });
    await one.page.getByText("Olga claimed it").waitFor();
  });

  it("goes on where they were after their session was ended elsewhere", async () => {
    await file("A mouse that double-clicks");
    const { page } = await signIn(agent, "/inbox?view=open");
    await page.getByRole("grid", { name: "Requests" }).waitFor();
    await call("POST", `/users/${agent.id}/api-keys/revoke-all`, { as: admin, body: {} });
    const issued = await call("POST", `/users/${agent.id}/api-keys`, {
      as: admin,
      body: { name: "Again" },
    });
    agent = { ...agent, key: issued.body.apiKey };
    await page.getByText("Your session has ended.").waitFor();
    expect(new URL(page.url()).search).toBe("?view=open");
  });
});

describe("an employee", () => {
  it("files a request in Russian, keeps a draft over a reload, and cancels it", async () => {
    const { page } = await signIn(employee, "/", { locale: "ru-RU" });
    await page.getByLabel("Кратко").fill("Нужен второй монитор");
    await page.getByLabel("Подробности").fill("Для работы с чертежами.");
    await page.reload();
    expect(await page.getByLabel("Подробности").inputValue()).toBe("Для работы с чертежами.");
    await page.getByRole("button", { name: "Подать заявку" }).click();
    await page.getByRole("link", { name: "Нужен второй монитор" }).click();
    await page.getByRole("button", { name: "Отменить…" }).click();
    await page.getByLabel("Причина").fill("Нашёлся на складе.");
    await page.getByRole("button", { name: "Отменить заявку" }).click();
    await page.getByText("Нашёлся на складе.").waitFor();
    const { body } = await call("GET", "/requests?requester=me&status=CANCELED", { as: employee });
    expect(body.items.map(({ title }: { title: string }) => title)).toContain(
      "Нужен второй монитор",
    );
  });

  it("never sees what is internal, nor the pages of others", async () => {
    const id = await file("A quiet matter");
    await call("POST", `/requests/${id}/comments`, {
      as: admin,
      body: { body: "Nobody outside may read this.", visibility: "INTERNAL" },
    });
    const { page } = await signIn(employee, `/requests/${id}`);
    await page.getByRole("heading", { name: "A quiet matter" }).waitFor();
    expect(await page.getByText("Nobody outside may read this.").count()).toBe(0);
    expect(await page.getByRole("button", { name: "Note for the team" }).count()).toBe(0);
  });
});

describe("a link that signs in", () => {
  const linkFor = async ({ id }: Person) => {
    const { body } = await call("POST", `/users/${id}/codes`, {
      as: admin,
      body: { purpose: "SESSION" },
    });
    return `${server.url}/console/#code=${body.code}`;
  };

  it("names the person, and one who is somebody else can leave", async () => {
    const { page } = await openWindow(browser);
    await page.goto(await linkFor(employee));
    await page.getByText("You’re signed in as Marta Lind.").waitFor();
    expect(page.url()).not.toContain("code");
    await page.getByRole("button", { name: "Not you? Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.context().close();
  });

  it("asks one who is signed in, and then changes all tabs of the browser", async () => {
    await file("A chair that squeaks");
    const { page } = await signIn(agent, "/inbox");
    await page.getByRole("grid", { name: "Requests" }).waitFor();
    const other = await page.context().newPage();
    await other.goto(`${server.url}/console/inbox`);
    await other.getByRole("grid", { name: "Requests" }).waitFor();
    const link = await linkFor(employee);
    // Typed into the address, it loads no page.
    await page.evaluate((hash) => location.assign(hash), new URL(link).hash);
    const question = page.getByRole("alertdialog", { name: "Sign in by this link?" });
    await question.getByRole("button", { name: "Stay" }).click();
    await question.waitFor({ state: "detached" });
    expect(page.url()).toBe(`${server.url}/console/inbox`);
    await page.goto(link);
    await question.getByText(`You’re signed in as ${agent.fullName}.`).waitFor();
    await question.getByRole("button", { name: "Sign in by the link" }).click();
    for (const each of [page, other]) await each.getByText("Marta Lind").first().waitFor();
  });
});

it("shows what people wrote as text, in every field", async () => {
  const attack = `<img src=x onerror="document.title='run'"><script>document.title='run'</script>`;
  const id = await file(`${attack} title`, { description: `${attack} description` });
  await call("POST", `/requests/${id}/comments`, {
    as: employee,
    body: { body: `${attack} comment` },
  });
  const { page } = await signIn(admin, `/requests/${id}`);
  for (const place of ["title", "description", "comment"]) {
    await page.getByText(`${attack} ${place}`).first().waitFor();
  }
  expect(await page.title()).not.toBe("run");
});

it.each(["light", "dark"] as const)(
  "has no barrier that axe finds, in the %s theme",
  async (theme) => {
    const id = await file("A chair squeaks");
    const { page } = await signIn(admin, `/inbox?view=open&row=${id}`, { colorScheme: theme });
    await page.getByRole("heading", { name: "A chair squeaks" }).waitFor();
    await expectAccessible(page);
    const pages: Readonly<Record<string, string>> = {
      [`/requests/${id}`]: "A chair squeaks",
      "/home": "What do you need?",
      "/new": "New request",
      "/you": "You",
    };
    for (const [path, name] of Object.entries(pages)) {
      await page.goto(`${server.url}/console${path}`);
      await page.getByRole("heading", { name, exact: true }).first().waitFor();
      await expectAccessible(page);
    }
  },
);
