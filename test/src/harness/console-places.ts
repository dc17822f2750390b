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
  only?: "wide" | "narrow";
  /** Whether all but what one can go on with is hidden meanwhile, the page's heading too. */
  hidesTheRest?: true;
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
  async (page: Page): Promise<void> => {
    await page.getByText(/title/).first().waitFor();
    // By now what is shown listens to keys.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => done(null))));
    for (const key of pressed) await page.keyboard.press(key);
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
/** Never answers. */
const waiting = (url: RegExp) => async (page: Page) => {
  await page.route(url, () => {});
  await page.reload();
};
/** Hears nothing of what others do. */
const deaf = failing(/\/events\/stream/);

/** A call of the person who is there, made beside the page. */
const calling = (page: Page, method: string, path: string, body?: object): Promise<string> =>
  page.evaluate(
    async ([method, path, body]) => {
      const answer = await fetch(`/api/v1${path}`, {
        method,
        headers: { "content-type": "application/json" },
        ...(body === undefined ? {} : { body }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${path}: ${text}`);
      return text;
    },
    [method, path, body === undefined ? undefined : JSON.stringify(body)] as const,
  );

/** On a phone the commands of a request are in a sheet. */
async function showCommands(page: Page, words: Words): Promise<void> {
  await title(page).waitFor();
  const more = page.getByRole("button", { name: words("Actions and properties"), exact: true });
  if (await more.isVisible()) await more.click();
}

/** Opens the menu of a request's priorities, and gives one that it has not. */
async function openPriorities(page: Page, words: Words): Promise<Locator> {
  await showCommands(page, words);
  await page
    .getByRole("button", { name: new RegExp(`^${words("Priority")}: `) })
    .locator("visible=true")
    .first()
    .click();
  return page.getByRole("menuitemradio", { checked: false }).first();
}

/** The seal is beside a wide log, and in the place of a narrow one. */
const firstEntry = (page: Page, words: Words) =>
  page
    .getByRole("list", { name: words("Entries") })
    .getByRole("listitem")
    .first();

async function showSeal(page: Page, words: Words): Promise<void> {
  await firstEntry(page, words).waitFor();
  const seal = page.getByRole("button", { name: words("Seal and verification"), exact: true });
  if (await seal.isVisible()) await seal.click();
}

const verifying = (of: (page: Page) => Promise<string>) => async (page: Page, words: Words) => {
  await showSeal(page, words);
  const chooser = page.waitForEvent("filechooser");
  await pressing("Choose a file…")(page, words);
  const buffer = Buffer.from(await of(page));
  await (await chooser).setFiles({ name: "audit.jsonl", mimeType: "application/jsonl", buffer });
};

const filtering = (item: string) => async (page: Page, words: Words) => {
  await pressing("Filter")(page, words);
  await page.getByRole("menuitem", { name: words(item) }).click();
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
  "the inbox": {
    path: ({ open }) => `/inbox?view=all&row=${open}`,
    // A narrow one has no preview.
    shows: (page) =>
      (page.viewportSize()?.width ?? 0) < 1100
        ? page.getByRole("row", { name: /title/ }).first()
        : title(page),
  },
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
    open: waiting(LISTS),
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
  "a card that moves": {
    path: () => "/board?whose=all",
    async open(page, words, { open }) {
      await page.getByRole("button", { name: words("Move {id}", { id: open }) }).focus();
      await page.keyboard.press("Enter");
    },
    shows: (page) => page.locator("[data-dragging]").first(),
    only: "wide",
    hidesTheRest: true,
  },
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
    shows: firstEntry,
  },
  "an entry of the audit log": {
    path: () => "/audit?action=request.transitioned",
    open: (page) => page.getByRole("link", { name: "request.transitioned" }).first().click(),
    shows: (page, words) => page.getByRole("complementary", { name: words("Entry"), exact: true }),
  },
  "the export of the audit log": { path: () => "/audit", open: pressing("Export…"), shows: dialog },
  "a sign-in that took too long": {
    as: null,
    path: () => "/?signIn=expired",
    shows: (page) => page.getByRole("alert"),
  },
  "a code that does not sign in": {
    as: null,
    path: () => "/#code=sfc_nothing",
    shows: (page) => page.locator("[data-invalid]").first(),
  },
  "a code that was used": {
    as: null,
    path: () => "/",
    async open(page, _, { other }) {
      const server = new URL(page.url()).origin;
      const issued = await fetch(`${server}/api/v1/users/me/codes`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-api-key": other.key },
        body: JSON.stringify({ purpose: "SESSION" }),
      });
      const { code } = await issued.json();
      const used = await fetch(`${server}/api/v1/session`, {
        method: "POST",
        headers: { "x-one-time-code": code, "sec-fetch-site": "same-origin" },
      });
      if (!used.ok) throw new Error(await used.text());
      await page.goto(`/console/#code=${code}`);
    },
    shows: (page) => page.locator("[data-invalid]").first(),
  },
  "a link for one who is signed in": { path: () => "/#code=sfc_nothing", shows: dialog },
  "a session that has ended": {
    path: ({ open }) => `/requests/${open}`,
    async open(page) {
      await title(page).waitFor();
      await page.context().clearCookies();
      await page.evaluate(() => history.pushState(null, "", "/console/people"));
    },
    shows: (page, words) =>
      page.getByText(
        words("Your session has ended. Sign in to go on where you were; what you typed is kept."),
      ),
  },
  "a request that loads": {
    path: ({ open }) => `/requests/${open}`,
    open: waiting(/\/trpc\/[^?]*requests\.get/),
    shows: (page, words, { open }) =>
      page.getByRole("status", { name: words("Loading {id}", { id: open }) }),
  },
  "people who do not load": {
    path: () => "/people",
    open: failing(/\/trpc\/[^?]*users\.list/),
    shows: heading("This didn’t load."),
  },
  "the commands of a person": {
    path: () => "/people",
    open: (page) =>
      page
        .getByRole("row", { name: /Mallory/ })
        .getByRole("button")
        .click(),
    shows: menu,
  },
  "the invitation of a person": {
    path: () => "/people",
    open: commanding(/Mallory/, "Invite…"),
    shows: dialog,
  },
  "an invitation, the only time that it is shown": {
    path: () => "/people",
    async open(page, words) {
      await commanding(/Mallory/, "Invite…")(page, words);
      await pressing("Make a link")(page, words);
    },
    shows: (page) => dialog(page).locator("code"),
  },
  "a new key, the only time that it is shown": {
    path: () => "/keys",
    async open(page, words) {
      await pressing("Issue a key")(page, words);
      await dialog(page).getByLabel(words("What it is for")).fill("Printer");
      await page.keyboard.press("Enter");
    },
    shows: (page, words) => dialog(page).getByText(words("I have stored it")),
  },
  "a new signing secret, the only time that it is shown": {
    path: () => "/webhooks",
    async open(page, words) {
      await pressing("Add a webhook")(page, words);
      const address = dialog(page).getByLabel(words("Address of the endpoint"));
      await address.fill("https://hooks.example.com/stock");
      await page.keyboard.press("Enter");
    },
    shows: (page, words) => dialog(page).getByText(words("I have stored it")),
  },
  "a delivery and its attempts": {
    path: ({ webhook }) => `/webhooks?hook=${webhook}`,
    async open(page, words) {
      await pressing("Send a test")(page, words);
      await page.getByRole("link", { name: "webhook.pinged" }).first().click();
    },
    shows: (page, words) =>
      page
        .getByRole("list", { name: words("Attempts") })
        .getByRole("listitem")
        .first(),
  },
  "the choice of who did it": {
    path: () => "/audit",
    async open(page, words) {
      await filtering("Person…")(page, words);
      await page.keyboard.type("Mallory");
    },
    shows: (page) => page.getByRole("option", { name: /Mallory/ }),
  },
  "the choice of a period": {
    path: () => "/audit",
    open: filtering("From day to day…"),
    shows: dialog,
  },
  "a log that the server has checked": {
    path: () => "/audit",
    async open(page, words) {
      await showSeal(page, words);
      await pressing("Check on the server")(page, words);
    },
    shows: (page, words) => page.getByText(words("The log is intact.")),
  },
  "an export that holds": {
    path: () => "/audit",
    open: verifying((page) => calling(page, "GET", "/audit-logs/export")),
    shows: (page, words) => page.getByText(words("The chain of hashes is unbroken")),
  },
  "an export that does not hold": {
    path: () => "/audit",
    open: verifying(async (page) =>
      (await calling(page, "GET", "/audit-logs/export")).replace("Mallory", "Alice"),
    ),
    shows: (page) => page.getByRole("alert"),
  },
  "a file that is not an export": {
    path: () => "/audit",
    open: verifying(async () => "nothing"),
    shows: (page) => page.getByRole("alert"),
  },
  "the rest of the navigation": {
    path: () => "/inbox",
    open: pressing("More"),
    shows: dialog,
    only: "narrow",
  },
  "a lost connection": {
    path: ({ open }) => `/requests/${open}`,
    async open(page) {
      let body: string | undefined = ": live\n\n";
      await page.route(/\/events\/stream/, (route) => {
        const answered =
          body === undefined
            ? route.abort()
            : route.fulfill({ contentType: "text/event-stream", body });
        body = undefined;
        return answered;
      });
      await page.reload();
    },
    shows: (page, words) =>
      page.getByText(words("The connection was lost. What you see may be out of date.")),
  },
  "others who are there": {
    path: ({ open }) => `/requests/${open}`,
    async open(page, _, { open, other }) {
      await title(page).waitFor();
      await fetch(new URL(`/api/v1/requests/${open}/presence`, page.url()), {
        method: "PUT",
        headers: { "content-type": "application/json", "x-api-key": other.key },
        body: JSON.stringify({ state: "WRITING" }),
      });
    },
    shows: (page, words) =>
      page
        .getByText(words("{name} is writing a reply", { name: "Mallory" }))
        .locator("visible=true")
        .first(),
  },
  "the priorities of a request": {
    path: ({ open }) => `/requests/${open}`,
    async open(page, words) {
      await openPriorities(page, words);
    },
    shows: menu,
  },
  "a change that can be undone": {
    path: ({ open }) => `/requests/${open}`,
    open: async (page, words) => (await openPriorities(page, words)).click(),
    shows: (page, words) => page.getByRole("button", { name: words("Undo"), exact: true }),
  },
  "a finish that can be undone": {
    path: () => "/inbox",
    async open(page, words) {
      const filed = await calling(page, "POST", "/requests", { title: "Finish, by its title" });
      const { id } = JSON.parse(filed);
      await calling(page, "PATCH", `/requests/${id}/status`, { status: "IN_PROGRESS" });
      await page.goto(`/console/requests/${id}`);
      await pressingEither("Finish")(page, words);
    },
    shows: (page, words) => page.getByRole("button", { name: words("Undo"), exact: true }),
  },
  "a card that was not moved": {
    path: () => "/board?whose=all",
    async open(page, words) {
      const filed = await calling(page, "POST", "/requests", { title: "Stays, by its title" });
      const { id } = JSON.parse(filed);
      await deaf(page);
      const grip = page.getByRole("button", { name: words("Move {id}", { id }) });
      await grip.waitFor({ state: "attached" });
      await calling(page, "PATCH", `/requests/${id}`, { priority: "HIGH" });
      await grip.focus();
      await page.keyboard.press("Enter");
      await page.locator("[data-dragging]").waitFor();
      await page.keyboard.press("Enter");
    },
    shows: (page, words) => {
      const said = words("{id} was not moved. {reason}").replace("{reason}", "");
      return page.getByText(new RegExp(said.replace("{id}", "SF-\\d+")));
    },
    only: "wide",
  },
  "what others have changed": {
    path: ({ open }) => `/requests/${open}`,
    async open(page, words, { open }) {
      await deaf(page);
      const other = await openPriorities(page, words);
      const { priority } = JSON.parse(await calling(page, "GET", `/requests/${open}`));
      await calling(page, "PATCH", `/requests/${open}`, {
        priority: priority === "LOW" ? "NORMAL" : "LOW",
      });
      await other.click();
    },
    shows: (page, words) => page.getByRole("alert", { name: words("What others have changed") }),
  },
  "what became of many": {
    path: () => "/inbox?view=all",
    async open(page, words) {
      await calling(page, "POST", "/requests", { title: "One of many, by its title" });
      await keys("j", "x")(page);
      await pressing("Select all shown")(page, words);
      await page.keyboard.press("a");
    },
    shows: (page, words) => page.getByRole("list", { name: words("What became of each") }),
    only: "wide",
  },
};

function pressingEither(name: string) {
  return async (page: Page, words: Words): Promise<void> => {
    await showCommands(page, words);
    await page
      .getByRole("button", { name: words(name), exact: true })
      .locator("visible=true")
      .first()
      .click();
  };
}
