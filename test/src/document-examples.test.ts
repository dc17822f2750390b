import { createServices, seedDemo } from "@serviceflow/server";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshPostgres, testLog } from "./harness/databases.ts";
import { type DocumentedOperation, OpenApi } from "./harness/openapi.ts";
import { serveWith } from "./harness/serve-with.ts";
import { caller, fetchOf, type Person, type TestApp } from "./harness/test-app.ts";

const openApi = new OpenApi();
const withBody = openApi.operations.filter(({ body }) => body !== null);

/** What the path of an operation on the demo can be of. */
const OF_THE_DEMO = /^\/(requests|users|categories)\/\{id\}/;

let database: Awaited<ReturnType<typeof freshPostgres>>;
let call: TestApp["call"];
let admin: Person;
let open: string[];

beforeAll(async () => {
  database = await freshPostgres();
  const { services } = createServices(database.db, testLog, {});
  const keys = await seedDemo(services);
  if (!keys) throw new Error("The database is in use already.");
  call = caller(fetchOf(services));
  admin = { id: "", fullName: "Demo Administrator", key: keys.ADMIN };
  const { body } = await call("GET", "/requests?status=NEW&assignee=none", { as: admin });
  open = body.items.map(({ id }: { id: string }) => id);
});
afterAll(() => database.drop());

/** Something of its own for each call, in a state that allows it. */
async function target({ path }: DocumentedOperation): Promise<string> {
  const created = async (collection: string, body: unknown) => {
    const answer = await call("POST", collection, { as: admin, body });
    expect(answer.status).toBe(201);
    return answer.body.id as string;
  };
  if (path.startsWith("/requests/{id}")) return open.pop() ?? "";
  if (path.startsWith("/categories/{id}")) return "it";
  if (path.startsWith("/webhooks/{id}")) {
    return created("/webhooks", { url: "https://bot.example.com/hook" });
  }
  if (path.startsWith("/api-keys/{id}")) return created("/users/me/api-keys", { name: "Spare" });
  const fullName = `Colleague ${open.length} ${path}`;
  const email = `${Math.random().toString(36).slice(2)}@example.com`;
  return created("/users", { fullName, email });
}

function successOf({ responses }: DocumentedOperation): number {
  return [...responses.keys()].find((status) => status < 300) ?? 0;
}

function examplePath({ path, parameters }: DocumentedOperation): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, field: string) => {
    const parameter = parameters.find(({ name }) => name === field);
    return String(parameter?.schema.examples?.[0]);
  });
}

describe("the examples of the OpenAPI document, on the demo", () => {
  it.each(withBody.map((operation) => [operation.id, operation] as const))(
    "the body of %s is accepted",
    async (_, operation) => {
      const path = operation.path.includes("{id}")
        ? operation.path.replace("{id}", await target(operation))
        : operation.path;
      const answer = await call(operation.method, path, {
        as: admin,
        body: operation.body?.example,
      });
      expect(answer).toMatchObject({ status: successOf(operation) });
      const schema = operation.responses.get(answer.status)?.content?.["application/json"]?.schema;
      expect(schema && openApi.faultOf(schema, answer.body)).toBeNull();
    },
  );

  const ofDemo = openApi.operations.filter(
    ({ path, method, body }) => OF_THE_DEMO.test(path) && (method === "GET" || body),
  );

  it.each(ofDemo.map((operation) => [operation.id, operation] as const))(
    "%s finds what its path names",
    async (_, operation) => {
      const { method, body } = operation;
      const answer = await call(method, examplePath(operation), {
        as: admin,
        ...(body ? { body: body.example, headers: { "dry-run": "true" } } : {}),
      });
      expect(answer).toMatchObject({ status: successOf(operation) });
    },
  );
});

it("the documentation takes a key, tries a call and forgets the key, on a phone and a large screen", async () => {
  const server = await serveWith(database, {});
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 850 } });
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", ({ message }) => complaints.push(message));
    const overflow = () => page.evaluate("document.documentElement.scrollWidth - innerWidth");
    const isDark = () => page.evaluate("document.documentElement.classList.contains('dark-mode')");
    const offerKey = async (key: string, tone: string) => {
      await page.fill("#key", key);
      await page.click("#key-form button");
      await page.waitForSelector(`#key-state[data-tone=${tone}]`);
      return page.textContent("#key-state");
    };

    await page.goto(`${server.url}/docs`);
    await page.waitForSelector(".opblock-tag");
    expect(await page.evaluate("document.querySelector('input, select, textarea').id")).toBe("key");
    expect(await page.locator(".webhooks").count()).toBe(0);
    expect([await overflow(), await isDark()]).toEqual([0, false]);
    expect(await offerKey("sf_nobody", "bad")).toContain("API key");
    expect(await offerKey("ключ", "bad")).toContain("begins with sf_");
    expect(await offerKey(admin.key, "good")).toBe("Calls are made as Demo Administrator, ADMIN.");
    expect(complaints.splice(0)).toEqual([expect.stringContaining("401")]);

    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.click("#operations-tag-Requests");
    const create = page.locator(".opblock-post", { has: page.locator("[data-path='/requests']") });
    await create.locator(".opblock-summary-control").click();
    await create.locator(".execute").click();
    const status = create.locator(".live-responses-table tbody .response-col_status");
    expect((await status.textContent())?.trim()).toMatch(/^201/);
    expect([await overflow(), await isDark()]).toEqual([0, true]);

    const kept = "[localStorage.length, sessionStorage.length, document.cookie]";
    expect(await page.evaluate(kept)).toEqual([0, 0, ""]);
    await page.goto(`${server.url}/docs/webhooks`);
    await page.waitForSelector(".webhooks [data-path='request.created']");
    expect(await page.locator("#key-form").isVisible()).toBe(false);
    expect(await page.locator(".opblock-tag").count()).toBe(0);
    expect(await overflow()).toBe(0);
    await page.goBack();
    expect(await page.inputValue("#key")).toBe("");
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
    await server.close();
  }
});
