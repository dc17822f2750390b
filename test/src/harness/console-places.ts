import type { Locator, Page } from "playwright-core";
import type { Contents } from "./console-contents.ts";
import type { Words } from "./console-words.ts";

/** What one can have before one: a page, in one of its states. */
export interface Place {
  /** Who is there; null: nobody is signed in. Absent: the administrator. */
  as?: "employee" | null;
  path(contents: Contents): string;
  /** What one does there first. */
  open?(page: Page, words: Words, contents: Contents): Promise<void>;
  /** What is there in the end. */
  shows(page: Page, words: Words, contents: Contents): Locator;
  /** The width that it needs. */
  only?: "wide";
}

const heading = (name: string) => (page: Page, words: Words) =>
  page.getByRole("heading", { name: words(name), exact: true }).first();
const dialog = (page: Page) => page.getByRole("dialog").or(page.getByRole("alertdialog")).first();
const menu = (page: Page) => page.getByRole("menu").first();
const title = (page: Page) => page.getByRole("heading", { name: /title/ }).first();
const pressing = (name: string) => (page: Page, words: Words) =>
  page
    .getByRole("button", { name: words(name), exact: true })
    .first()
    .click();
const keys =
  (...pressed: string[]) =>
  async (page: Page, words: Words, { open }: Contents) => {
    await page
      .getByText(new RegExp(`${open}|title`))
      .first()
      .waitFor();
    for (const key of pressed) await page.keyboard.press(key);
    void words;
  };
const commanding =
  (of: RegExp, command: string) =>
  async (page: Page, words: Words): Promise<void> => {
    const start = words("Commands for {name}").replace("{name}", "");
    await page
      .getByRole("row", { name: of })
      .getByRole("button", { name: new RegExp(`^${start}`) })
      .click();
    await page.getByRole("menuitem", { name: words(command) }).click();
  };
const LISTS = /\/trpc\/[^?]*requests\.list/;
const failing = (url: RegExp) => async (page: Page) => {
  await page.route(url, (route) => route.abort());
  await page.reload();
};

export const PLACES: Readonly<Record<string, Place>> = {
  "the sign-in by a code": { as: null, path: () => "/", shows: heading("Sign in") },
  "the sign-in by a key, which is refused": {
    as: null,
    path: () => "/",
    async open(page, words) {
      await pressing("API key")(page, words);
      await page.getByLabel(words("API key")).fill("sf_nothing");
      await page.keyboard.press("Enter");
    },
    shows: (page) => page.locator("[data-invalid]").first(),
  },
  "the inbox": { path: ({ open }) => `/inbox?view=all&row=${open}`, shows: title },
  "a search without results": {
    path: () => "/inbox?view=all&q=zzzz",
    shows: (page) => page.getByRole("heading", { level: 2 }).first(),
  },
  "an inbox without any of mine": {
    path: () => "/inbox?view=mine",
    shows: heading("You have no open requests."),
  },
  "filters that leave nothing": {
    path: () => `/inbox?view=open&priority=${encodeURIComponent('["LOW"]')}`,
    shows: heading("No requests with these filters."),
  },
  "an inbox that loads": {
    path: () => "/inbox",
    async open(page) {
      await page.route(LISTS, () => {});
      await page.reload();
    },
    shows: (page, words) => page.getByRole("status", { name: words("Loading requests") }),
  },
  "an inbox that does not load": {
    path: () => "/inbox",
    open: failing(LISTS),
    shows: heading("The list didn’t load."),
  },
  "the menu of filters": { path: () => "/inbox?view=all", open: pressing("Filter"), shows: menu },
  "selected requests": {
    path: () => "/inbox?view=all",
    open: keys("j", "x"),
    shows: (page) => page.getByRole("toolbar"),
    only: "wide",
  },
  "the palette on a request": {
    path: ({ open }) => `/requests/${open}`,
    open: keys("Control+k"),
    shows: dialog,
  },
  "the keyboard shortcuts": {
    path: ({ open }) => `/requests/${open}`,
    open: keys("?"),
    shows: dialog,
  },
  "a request": { path: ({ open }) => `/requests/${open}`, shows: title },
  "a closed request": { path: ({ closed }) => `/requests/${closed}`, shows: title },
  "a reply": {
    path: ({ open }) => `/requests/${open}`,
    open: keys("r"),
    shows: (page) => page.getByRole("textbox").first(),
  },
  "a note for the team": {
    path: ({ open }) => `/requests/${open}`,
    open: keys("n"),
    shows: (page) => page.getByRole("textbox").first(),
  },
  "the question why a request is canceled": {
    path: ({ open }) => `/requests/${open}`,
    open: pressingEither("Cancel…"),
    shows: dialog,
  },
  "the choice of an assignee": {
    path: ({ open }) => `/requests/${open}`,
    open: pressingEither("Assign…"),
    shows: dialog,
  },
  "a request that is not there": {
    path: () => "/requests/SF-999999",
    shows: heading("There is nothing at this address."),
  },
  "a page that is not there": {
    path: () => "/nowhere",
    shows: heading("There is nothing at this address."),
  },
  "a page that is offline": {
    path: ({ open }) => `/requests/${open}`,
    async open(page) {
      await title(page).waitFor();
      await page.context().setOffline(true);
    },
    shows: (page, words) =>
      page.getByText(
        words("You’re offline. What you write is saved here; send it when you reconnect."),
      ),
  },
  "the home of an employee": { as: "employee", path: () => "/home", shows: heading("My requests") },
  "a request of one's own": {
    as: "employee",
    path: ({ open }) => `/requests/${open}`,
    shows: title,
  },
  "an administrator's page for others": {
    as: "employee",
    path: () => "/people",
    shows: heading("There is nothing at this address."),
  },
  "a new request": { path: () => "/new", shows: heading("New request") },
  "a follow-up": {
    path: ({ closed }) => `/new?followsUp=${closed}`,
    shows: (page, words, { closed }) =>
      page.getByRole("heading", { name: words("Follow-up of {followsUp}", { followsUp: closed }) }),
  },
  oneself: { path: () => "/you", shows: heading("You") },
  "the board": { path: () => "/board?whose=all", shows: (page) => page.getByText(/title/).first() },
  "the dashboard": { path: () => "/dashboard", shows: heading("Open now") },
  "the people": { path: () => "/people", shows: (page) => page.getByRole("row").nth(2) },
  "a search for people without results": {
    path: () => "/people?q=zzzz",
    shows: (page) => page.getByRole("heading", { level: 2 }).first(),
  },
  "the form of a new person": { path: () => "/people", open: pressing("Add"), shows: dialog },
  "the choice of a role": {
    path: () => "/people",
    open: commanding(/Mallory/, "Change role…"),
    shows: dialog,
  },
  "the question whether to deactivate": {
    path: () => "/people",
    open: commanding(/Mallory/, "Deactivate…"),
    shows: dialog,
  },
  "the question whether to erase": {
    path: () => "/people",
    open: commanding(/Mallory/, "Erase…"),
    shows: dialog,
  },
  "a person": { path: ({ other }) => `/people/${other.id}`, shows: heading("Sessions") },
  "the keys": { path: () => "/keys", shows: (page) => page.getByRole("row").nth(1) },
  "the sessions": {
    path: () => "/keys?view=sessions",
    shows: (page) => page.getByRole("row").nth(1),
  },
  "no key that has ended": { path: () => "/keys?view=ended", shows: heading("No key has ended.") },
  "the form of a new key": { path: () => "/keys", open: pressing("Issue a key"), shows: dialog },
  "the categories": { path: () => "/categories", shows: (page) => page.getByRole("row").nth(1) },
  "the form of a new category": { path: () => "/categories", open: pressing("Add"), shows: dialog },
  "a webhook": {
    path: ({ webhook }) => `/webhooks?hook=${webhook}`,
    shows: (page) => page.getByText("hooks.example.com").locator("visible=true").first(),
  },
  "the form of a new webhook": {
    path: () => "/webhooks",
    open: pressing("Add a webhook"),
    shows: dialog,
  },
  "the audit log": {
    path: () => "/audit",
    shows: (page) => page.getByRole("link", { name: "user.created" }).first(),
  },
  "an entry of the audit log": {
    path: () => "/audit",
    open: (page) => page.getByRole("link", { name: "request.transitioned" }).first().click(),
    shows: (page, words) => page.getByRole("complementary", { name: words("Entry"), exact: true }),
  },
  "the export of the audit log": { path: () => "/audit", open: pressing("Export…"), shows: dialog },
};

/** On a phone the commands of a request are in a sheet. */
function pressingEither(name: string) {
  return async (page: Page, words: Words): Promise<void> => {
    await title(page).waitFor();
    const command = page.getByRole("button", { name: words(name), exact: true });
    const more = page.getByRole("button", { name: words("Actions and properties"), exact: true });
    if (await more.isVisible()) await more.click();
    await command.locator("visible=true").first().click();
  };
}
