import type { RunningServer } from "@serviceflow/server";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { launchChromium, openWindow, type Window } from "./browser.ts";
import { buildConsole } from "./built-console.ts";
import type { Language } from "./console-words.ts";
import { freshPostgres, type TestDatabase } from "./databases.ts";
import { addPeople } from "./people.ts";
import { serveWith } from "./serve-with.ts";
import { caller, type Person, type TestApp } from "./test-app.ts";

export const LOCALES: Readonly<Record<Language, string>> = { en: "en-US", ru: "ru-RU" };

interface WindowOptions extends BrowserContextOptions {
  /** The address of another way to the server, such as a proxy. */
  at?: string;
}

/** The console as people meet it: one server, one browser, and people of each role. */
export interface ConsoleWorld {
  database: TestDatabase & { url: string };
  server: RunningServer;
  browser: Browser;
  call: TestApp["call"];
  admin: Person;
  agent: Person;
  otherAgent: Person;
  employee: Person;
  /** Files a request of the employee. */
  file(title: string, more?: Record<string, unknown>): Promise<string>;
  /** Opens a page of the console in a window of its own; nobody is signed in. What goes wrong in it fails the test. */
  open(path: string, options?: WindowOptions): Promise<Window>;
  /** Opens a page as somebody who is signed in. */
  enter(person: Person, path?: string, options?: WindowOptions): Promise<Window>;
  /** Another page in a window that is open. */
  go(page: Page, path: string): Promise<void>;
  close(): Promise<void>;
}

export async function openConsole(
  settings: Readonly<Record<string, string>> = {},
): Promise<ConsoleWorld> {
  await buildConsole();
  const database = await freshPostgres();
  const server = await serveWith(database, settings);
  const call = caller(fetch, `${server.url}/api/v1`);
  const people = await addPeople(server.url);
  const [agent, otherAgent] = people.agents as [Person, Person];
  const { admin } = people;
  const { body } = await call("POST", "/users", {
    as: admin,
    body: { fullName: "Marta Lind", email: "marta@example.com", role: "EMPLOYEE" },
  });
  const employee: Person = { id: body.id, fullName: body.fullName, key: body.apiKey };
  const browser = await launchChromium();

  const window = async ({ at, ...options }: WindowOptions) => {
    const opened = await openWindow(browser, { baseURL: at ?? server.url, ...options });
    onTestFinished(async () => {
      expect(opened.faults).toEqual([]);
      await opened.close();
    });
    return opened;
  };
  const go = async (page: Page, path: string) => {
    await page.goto(`/console${path}`);
  };
  return {
    database,
    server,
    browser,
    call,
    admin,
    agent,
    otherAgent,
    employee,
    go,
    async file(title, more = {}) {
      const answer = await call("POST", "/requests", { as: employee, body: { title, ...more } });
      expect(answer.status).toBe(201);
      return answer.body.id;
    },
    async open(path, options = {}) {
      const opened = await window(options);
      await go(opened.page, path);
      return opened;
    },
    async enter(person, path = "/", options = {}) {
      const opened = await window(options);
      const { status } = await started(opened.page, person);
      expect(status).toBe(201);
      await go(opened.page, path);
      return opened;
    },
    async close() {
      await browser.close();
      await server.close();
      await database.drop();
    },
  };
}

/** Starts a session, whose cookie the page's own window keeps. */
async function started(page: Page, { key }: Person): Promise<{ status: number }> {
  const answer = await page.context().request.post("/api/v1/session", {
    headers: { "x-api-key": key, "sec-fetch-site": "same-origin" },
  });
  return { status: answer.status() };
}
