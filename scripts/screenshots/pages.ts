import type { Page } from "playwright-core";
import type { Office } from "./fill.ts";
import type { PersonName } from "./office.ts";
import { REQUESTS } from "./requests.ts";

export interface Picture {
  name: string;
  /** Who is signed in; null: nobody. */
  as: PersonName | null;
  path(office: Office): string;
  /** What is done on the page before its picture is taken. */
  act?(page: Page, office: Office): Promise<unknown>;
}

/** The id of the request whose English title begins so. */
export function request({ requests }: Office, title: string): string {
  return requests[REQUESTS.findIndex((each) => each.title[0].startsWith(title))] ?? "";
}

/** Presses a key, and waits for what it opens. */
async function pressed(page: Page, key: string, opens: "textbox" | "dialog"): Promise<void> {
  await page.keyboard.press(key);
  await page.getByRole(opens).last().waitFor();
}

const notebook = (office: Office) => request(office, "Notebook");
const badge = (office: Office) => request(office, "Badge reader");

/** Every page of the console, and what opens on them. */
export const PICTURES: readonly Picture[] = [
  { name: "sign-in", as: null, path: () => "/" },
  {
    name: "inbox",
    as: "dana",
    path: (office) => `/inbox?view=open&row=${badge(office)}`,
  },
  {
    name: "inbox-many",
    as: "dana",
    path: () => "/inbox?view=open",
    async act(page) {
      for (const key of ["j", "x", "j", "j", "x", "j", "x"]) await page.keyboard.press(key);
    },
  },
  {
    name: "inbox-filtered",
    as: "dana",
    path: () => `/inbox?view=open&priority=["HIGH","URGENT"]&days=14`,
  },
  { name: "inbox-empty", as: "dana", path: () => `/inbox?priority=["URGENT"]&category=["hr"]` },
  { name: "request", as: "dana", path: (office) => `/requests/${notebook(office)}` },
  {
    name: "request-reply",
    as: "dana",
    path: (office) => `/requests/${notebook(office)}`,
    act: (page) => pressed(page, "r", "textbox"),
  },
  {
    name: "request-note",
    as: "dana",
    path: (office) => `/requests/${notebook(office)}`,
    act: (page) => pressed(page, "n", "textbox"),
  },
  {
    name: "request-closed",
    as: "dana",
    path: (office) => `/requests/${request(office, "Shared calendar")}`,
  },
  {
    name: "cancel",
    as: "dana",
    path: (office) => `/requests/${notebook(office)}`,
    async act(page) {
      const cancel = page.getByRole("button", { name: /^(Cancel|Отменить)…/ });
      if (!(await cancel.isVisible())) {
        await page.getByRole("button", { name: /^(Actions and|Действия и)/ }).click();
      }
      await cancel.click();
      await page.getByRole("textbox").last().waitFor();
    },
  },
  { name: "board", as: "dana", path: () => "/board?whose=all" },
  {
    name: "palette",
    as: "dana",
    path: (office) => `/requests/${notebook(office)}`,
    act: (page) => pressed(page, "Control+k", "dialog"),
  },
  {
    name: "shortcuts",
    as: "dana",
    path: () => "/inbox",
    act: (page) => pressed(page, "Shift+Slash", "dialog"),
  },
  { name: "my-requests", as: "dana", path: () => "/home" },
  { name: "new-request", as: "dana", path: () => "/new" },
  { name: "you", as: "dana", path: () => "/you" },
  { name: "home", as: "june", path: () => "/home" },
  { name: "home-new", as: "june", path: () => "/new" },
  {
    name: "employee-request",
    as: "june",
    path: (office) => `/requests/${request(office, "Certificate of employment for")}`,
  },
  { name: "dashboard", as: "sofia", path: () => "/dashboard" },
  { name: "people", as: "sofia", path: () => "/people" },
  { name: "person", as: "sofia", path: ({ ids }) => `/people/${ids.dana}` },
  { name: "keys", as: "sofia", path: () => "/keys" },
  { name: "categories", as: "sofia", path: () => "/categories" },
  { name: "webhooks", as: "sofia", path: () => "/webhooks" },
  {
    name: "webhook-delivery",
    as: "sofia",
    path: () => "/webhooks",
    async act(page) {
      await page.getByRole("link", { name: /^(Agents|Канал)/ }).click();
      await page.getByRole("link", { name: "request.created" }).nth(3).click();
    },
  },
  {
    name: "audit-entry",
    as: "sofia",
    path: ({ requests }) => `/audit?request=${requests.at(-1)}`,
    act: (page) => page.getByRole("link", { name: "request.updated" }).first().click(),
  },
  { name: "audit", as: "sofia", path: () => "/audit" },
  { name: "inbox-admin", as: "sofia", path: (office) => `/inbox?row=${badge(office)}` },
];
