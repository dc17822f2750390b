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

function anyDialog(page: Page) {
  return page.getByRole("dialog").or(page.getByRole("alertdialog")).first();
}

/** Presses the button of this name in either language, and waits for what it opens. */
const presses =
  (name: RegExp, opens: "dialog" | "menu" = "dialog") =>
  async (page: Page): Promise<void> => {
    await page.getByRole("button", { name }).first().click();
    await page.getByRole(opens).first().waitFor();
  };

/** Chooses this command of a row. */
const commands =
  (row: RegExp, command: RegExp) =>
  async (page: Page): Promise<void> => {
    await page.getByRole("row", { name: row }).getByRole("button").last().click();
    await page.getByRole("menuitem", { name: command }).click();
    await anyDialog(page).waitFor();
  };

/** Presses a command of a request, which a phone has in a sheet. */
async function onRequest(page: Page, name: RegExp): Promise<void> {
  const command = page.getByRole("button", { name }).locator("visible=true").first();
  if (!(await command.isVisible())) {
    await page.getByRole("button", { name: /^(Actions and|Действия и)/ }).click();
  }
  await command.click();
  await page.getByRole("textbox").last().waitFor();
}

const LISTS = /\/trpc\/[^?]*requests\.list/;
const ISSUE = /^(Issue a key|Выпустить ключ)/;
const ADD = /^(Add|Добавить)/;

const notebook = (office: Office) => request(office, "Notebook");
const badge = (office: Office) => request(office, "Badge reader");

/** Every page of the console, and what opens on them. */
export const PICTURES: readonly Picture[] = [
  { name: "sign-in", as: null, path: () => "/" },
  {
    name: "sign-in-company",
    as: null,
    path: () => "/",
    async act(page) {
      await page.route(/\/session\/options|session\.options/, (route) =>
        route.fulfill({ json: { oidc: { label: "Norvik account", url: "/sign-in/oidc" } } }),
      );
      await page.reload();
      await page.getByRole("link", { name: "Norvik account" }).waitFor();
    },
  },
  {
    name: "sign-in-refused",
    as: null,
    path: () => "/",
    async act(page) {
      await page.getByRole("textbox").fill("7KQ4-WN2M");
      await page.keyboard.press("Enter");
      await page.locator("[data-invalid]").first().waitFor();
    },
  },
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
  {
    name: "inbox-menu",
    as: "dana",
    path: () => "/inbox?view=open",
    act: presses(/^(Filter|Фильтр)/, "menu"),
  },
  {
    name: "inbox-failed",
    as: "dana",
    path: () => "/inbox",
    async act(page) {
      await page.route(LISTS, (route) => route.abort());
      await page.reload();
      await page.getByRole("heading", { name: /didn’t load|не загрузился/ }).waitFor();
    },
  },
  {
    name: "request-offline",
    as: "dana",
    path: (office) => `/requests/${notebook(office)}`,
    act: (page) => page.context().setOffline(true),
  },
  { name: "not-found", as: "dana", path: () => "/people" },
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
    act: (page) => onRequest(page, /^(Cancel|Отменить)…/),
  },
  {
    name: "assign",
    as: "dana",
    path: (office) => `/requests/${notebook(office)}`,
    act: (page) => onRequest(page, /^(Assign|Назначить)…/),
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
  { name: "key-issue", as: "sofia", path: () => "/keys", act: presses(ISSUE) },
  { name: "keys-sessions", as: "sofia", path: () => "/keys?view=sessions" },
  { name: "person-add", as: "sofia", path: () => "/people", act: presses(ADD) },
  {
    name: "person-role",
    as: "sofia",
    path: () => "/people",
    act: commands(/oskar\.lehmann/, /^(Change role|Сменить роль)…/),
  },
  {
    name: "person-erase",
    as: "sofia",
    path: () => "/people",
    act: commands(/oskar\.lehmann/, /^(Erase|Стереть данные)…/),
  },
  { name: "category-add", as: "sofia", path: () => "/categories", act: presses(ADD) },
  { name: "webhook-add", as: "sofia", path: () => "/webhooks", act: presses(ADD) },
  {
    name: "audit-export",
    as: "sofia",
    path: () => "/audit",
    act: presses(/^(Export|Выгрузить)…/),
  },
  { name: "inbox-admin", as: "sofia", path: (office) => `/inbox?row=${badge(office)}` },
  {
    name: "more",
    as: "dana",
    path: () => "/inbox",
    async act(page) {
      const more = page.getByRole("button", { name: /^(More|Ещё)$/ });
      if (await more.isVisible()) await more.click();
    },
  },
  {
    name: "link",
    as: "dana",
    path: () => "/new#code=a-code",
    act: (page) => anyDialog(page).waitFor(),
  },
  // These last, for they change what is there.
  {
    name: "invitation",
    as: "sofia",
    path: () => "/people",
    async act(page) {
      await commands(/oskar\.lehmann/, /^(Invite|Пригласить)…/)(page);
      await page.getByRole("button", { name: /^(Make a link|Создать ссылку)$/ }).click();
      await anyDialog(page).locator("code").waitFor();
    },
  },
  {
    name: "key-reveal",
    as: "sofia",
    path: () => "/keys",
    async act(page) {
      await presses(ISSUE)(page);
      await page.getByRole("dialog").getByRole("textbox").first().fill("Printer watch");
      await page.getByRole("dialog").getByRole("button", { name: ISSUE }).click();
      await page.getByText(/sf_\w{20}/).waitFor();
    },
  },
];
