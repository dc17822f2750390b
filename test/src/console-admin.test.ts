import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { type Language, type Words, wordsOf } from "./harness/console-words.ts";
import { type ConsoleWorld, LOCALES, openConsole } from "./harness/console-world.ts";
import { HeldLock } from "./harness/held-lock.ts";
import { LONG } from "./harness/long-run.ts";
import { runSql } from "./harness/raw-sql.ts";
import { Receiver } from "./harness/receiver.ts";
import { waitUntil } from "./harness/waiting.ts";

/** Each journey in one language, and in the long run in both. */
const inLanguages = (one: Language): Language[] => (LONG ? ["en", "ru"] : [one]);

let world: ConsoleWorld;

beforeAll(async () => {
  world = await openConsole({
    WEBHOOK_ALLOW_HTTP: "true",
    WEBHOOK_ALLOWED_NETWORKS: "127.0.0.1/32",
  });
});

afterAll(() => world?.close());

async function administrate(language: Language, path: string) {
  const words: Words = wordsOf(language);
  const { page } = await world.enter(world.admin, path, { locale: LOCALES[language] });
  const dialog = page.getByRole("dialog").or(page.getByRole("alertdialog"));
  return {
    words,
    page,
    dialog,
    press: (name: string, values?: Record<string, string>) =>
      page.getByRole("button", { name: words(name, values), exact: true }).click(),
    /** A button of the dialog that is open. */
    answer: (name: string) =>
      dialog.getByRole("button", { name: words(name), exact: true }).click(),
    fill: (label: string, text: string) =>
      dialog.getByLabel(words(label), { exact: true }).first().fill(text),
    choose: (item: string) => page.getByRole("menuitem", { name: words(item) }).click(),
    says: (text: string, values?: Record<string, string>) =>
      page.getByText(words(text, values)).first().waitFor(),
  };
}

const statusOf = async (key: string) =>
  (await fetch(`${world.server.url}/api/v1/users/me`, { headers: { "x-api-key": key } })).status;

it.each(inLanguages("ru"))(
  "an administrator invites a person, who works, gets another role, and is deactivated (%s)",
  async (language) => {
    const { page, words, dialog, press, answer, fill, choose, says } = await administrate(
      language,
      "/people",
    );
    const fullName = `Nadia ${language}`;
    await press("Add");
    await fill("Name", "N".repeat(201));
    await fill("Address", `nadia.${language}@example.com`);
    await dialog.getByText(words("Agent"), { exact: true }).click();
    await answer("Add");
    // A rule of the server, in the words of the page.
    await dialog.getByText(words("Characters: at most {max}.", { max: 200 })).waitFor();
    await fill("Name", fullName);
    await answer("Add");
    await says("Invitation for {fullName}", { fullName });
    const link = await dialog.locator("code").innerText();
    const { pathname, hash } = new URL(link);
    await dialog.getByText(words("I have stored it")).click();
    await answer("Close");

    const nadia = await world.open(pathname.replace("/console", "") + hash, {
      locale: LOCALES[language],
    });
    await nadia.page.getByRole("heading", { name: words("Inbox"), exact: true }).waitFor();
    expect(nadia.page.url()).not.toContain("sfc_");

    await press("Commands for {name}", { name: fullName });
    await choose("Change role…");
    await dialog.getByText(words("Employee"), { exact: true }).click();
    await answer("Change the role");
    await says("{fullName}: {roleWords}.", { fullName, roleWords: words("Employee") });
    await nadia.page.getByRole("heading", { name: words("What do you need?") }).waitFor();

    // There is no key that nobody has seen, and a link that was not used is replaced and revoked.
    const { items } = (await world.call("GET", "/users?limit=1", { as: world.admin })).body;
    const of = async (what: string) =>
      (await world.call("GET", `/users/${items[0].id}/${what}`, { as: world.admin })).body.items;
    expect(await of("api-keys")).toEqual([]);
    await press("Commands for {name}", { name: fullName });
    await choose("Invite…");
    await answer("Make a link");
    await dialog.getByText(words("I have stored it")).click();
    await answer("Close");
    const [first] = await of("codes");
    await page.getByRole("link", { name: fullName, exact: true }).click();
    const codes = page.getByRole("region", { name: words("Invitations and codes") });
    await codes.getByRole("button", { name: words("New link…") }).click();
    await answer("Make a link");
    await dialog.locator("code").waitFor();
    await dialog.getByText(words("I have stored it")).click();
    await answer("Close");
    const outstanding: { id: string }[] = await of("codes");
    expect(outstanding).toHaveLength(1);
    expect(outstanding[0]?.id).not.toBe(first.id);
    await codes.getByRole("button", { name: words("Revoke"), exact: true }).click();
    await codes.getByText(words("No invitation or code is waiting to be used.")).waitFor();
    expect(await of("codes")).toEqual([]);
    await page
      .getByRole("link", { name: words("People") })
      .last()
      .click();

    await press("Commands for {name}", { name: fullName });
    await choose("Deactivate…");
    await answer("Deactivate");
    await says("{fullName} is deactivated.", { fullName });
    await nadia.page.getByRole("heading", { name: words("Sign in") }).waitFor();
    await page.getByRole("link", { name: words("Deactivated") }).click();
    await page.getByRole("row", { name: new RegExp(fullName) }).waitFor();
  },
);

it.each(inLanguages("ru"))(
  "an administrator issues a key and revokes it, and sorts requests into a new category (%s)",
  async (language) => {
    const { page, words, dialog, press, answer, fill, choose, says } = await administrate(
      language,
      "/keys",
    );
    const name = `Printer ${language}`;
    await press("Issue a key");
    await fill("What it is for", name);
    await answer("Issue a key");
    await says("Key for {name}", { name });
    const key = await dialog.locator("code").innerText();
    expect(await statusOf(key)).toBe(200);
    await dialog.getByText(words("I have stored it")).click();
    await answer("Close");
    await press("Commands for {name}", { name });
    await choose("Revoke…");
    await answer("Revoke");
    await says("{name} is revoked.", { name });
    expect(await statusOf(key)).toBe(401);
    expect(await page.content()).not.toContain(key);

    await page.getByRole("link", { name: words("Categories"), exact: true }).click();
    await press("Add");
    await fill("Name", `Badges ${language}`);
    await press("Add a language");
    await fill("Language", "ru");
    await dialog.getByLabel(words("Name"), { exact: true }).last().fill(`Пропуска ${language}`);
    await answer("Add");
    const shown = `${language === "ru" ? "Пропуска" : "Badges"} ${language}`;
    const row = page.getByRole("row", { name: new RegExp(shown) });
    await row.getByText(words("In use")).waitFor();
    await press("Commands for {name}", { name: shown });
    await choose("Archive");
    await row.getByText(words("Archived")).waitFor();
    const { body } = await world.call("GET", "/categories?limit=100", { as: world.admin });
    expect(body.items).toContainEqual(
      expect.objectContaining({
        slug: `badges-${language}`,
        active: false,
        names: { ru: `Пропуска ${language}` },
      }),
    );
  },
);

it.each(inLanguages("en"))(
  "an administrator adds a webhook, follows a delivery, and sends it again (%s)",
  async (language) => {
    const receiver = await Receiver.open();
    onTestFinished(() => receiver.close());
    const { page, words, dialog, press, answer, fill, says } = await administrate(
      language,
      "/webhooks",
    );
    const host = new URL(receiver.url).host;
    await page
      .getByRole("button", { name: words("Add a webhook"), exact: true })
      .first()
      .click();
    await fill("Address of the endpoint", receiver.url);
    await fill("What it is for", "The stock room");
    await answer("Add");
    await says("Signing secret of {host}", { host });
    await dialog.getByText(words("I have stored it")).click();
    await answer("Close");
    const tests = () => receiver.messages.filter(({ body }) => body.type === "webhook.pinged");
    await press("Send a test");
    await waitUntil("the test", () => tests().length === 1);
    await page.getByRole("link", { name: "webhook.pinged" }).click();
    const detail = page.getByRole("region", { name: words("Delivery"), exact: true });
    await detail.getByText("204").waitFor();
    await detail.getByRole("button", { name: words("Send again") }).click();
    await waitUntil("it again", () => tests().length === 2);
    expect(tests()[1]?.id).toBe(tests()[0]?.id);
    await page.getByRole("link", { name: "webhook.pinged" }).nth(1).waitFor();
  },
);

it.each(inLanguages("en"))(
  "an administrator reads the log, exports it, and verifies it in the browser; sees how the work goes (%s)",
  async (language) => {
    const sealing = await HeldLock.table(world.database.url, "audit_seals", "share");
    let isHeld = true;
    const release = async () => {
      if (isHeld) await sealing.release();
      isHeld = false;
    };
    onTestFinished(release);
    const id = await world.file("The projector flickers");
    const { page, words, dialog, press, answer } = await administrate(language, "/audit");
    const newest = page
      .getByRole("list", { name: words("Entries") })
      .getByRole("listitem")
      .first();
    await newest.getByText(words("Not sealed yet")).waitFor();
    await release();
    await page
      .getByRole("listitem")
      .filter({ hasText: id })
      .first()
      .getByText(words("Sealed"), { exact: true })
      .waitFor();
    await page.addInitScript(() => {
      // Without it the file is a download, as in Firefox and Safari.
      Reflect.deleteProperty(globalThis, "showSaveFilePicker");
    });
    await page.reload();
    await page.getByRole("link", { name: "request.created" }).first().click();
    await page.getByRole("complementary", { name: words("Entry"), exact: true }).waitFor();
    await page.getByRole("link", { name: words("Close the entry") }).click();
    await press("Export…");
    const [download] = await Promise.all([page.waitForEvent("download"), answer("Export")]);
    await dialog.waitFor({ state: "detached" });
    const file = await readFile(await download.path(), "utf8");
    expect(file).toContain("request.created");

    const verify = async (text: string) => {
      const chooser = page.waitForEvent("filechooser");
      await page
        .getByRole("button", { name: words("Choose a file…") })
        .or(page.getByRole("button", { name: words("Check another file…") }))
        .click();
      await (await chooser).setFiles({
        name: "audit.jsonl",
        mimeType: "application/x-ndjson",
        buffer: Buffer.from(text),
      });
    };
    await verify(file);
    await page.getByText(words("The chain of hashes is unbroken")).waitFor();
    await verify(file.replace("The projector flickers", "The projector is fine"));
    const breaks = words("It breaks at entry {position}.").replace("{position}", "\\d+");
    await page.getByRole("alert").getByText(new RegExp(breaks)).waitFor();

    await page.getByRole("link", { name: words("Dashboard"), exact: true }).click();
    for (const figure of ["Open now", "Created and closed"]) {
      await page.getByRole("heading", { name: words(figure) }).waitFor();
    }
  },
);

it("a long log is loaded page by page, and what is new costs one page however many are shown", async () => {
  await runSql(
    world.database.db,
    `insert into audit_logs (id, action, subject_type, subject_id, changes, internal, request_id, occurred_at)
     select gen_random_uuid(), 'webhook.pinged', 'webhook', 'whk_' || n, '{}', false, 'r', now()
     from generate_series(1, 250) as n`,
  );
  const { page, words } = await administrate("en", "/audit");
  const list = page.getByRole("list", { name: words("Entries") });
  await list.getByText("whk_250").waitFor();
  const region = page.getByRole("region", { name: words("Entries") });
  await waitUntil("the oldest of them", async () => {
    await region.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    return (await list.getByText("whk_1", { exact: true }).count()) === 1;
  });
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("audit.list")) asked.push(request.url());
  });
  await world.file("The log goes on");
  await page.getByRole("button", { name: words("New entries: {waiting}", { waiting: 1 }) }).click();
  await list.getByRole("listitem").filter({ hasText: "request.created" }).first().waitFor();
  expect(asked.filter((url) => url.includes("cursor"))).toEqual([]);
  expect(asked).not.toEqual([]);
});

it("a long list of people has few rows in the page, keeps its place, and shows addresses whole", async () => {
  const address = `${"an.address.of.many.parts.".repeat(3)}end@example.com`;
  await runSql(
    world.database.db,
    `insert into users (id, email, full_name, role, kind, active, created_at)
     select gen_random_uuid(), case when i = 250 then $1 else 'many' || i || '@example.com' end, 'Many ' || i, 'EMPLOYEE',
       'HUMAN', true, now() from generate_series(1, 300) as i`,
    [address],
  );
  const { page } = await world.enter(world.admin, "/people", {
    viewport: { width: 360, height: 800 },
  });
  const rows = page.locator("tbody tr[aria-rowindex]");
  const last = () => rows.last().getAttribute("aria-rowindex").then(Number);
  await rows.first().waitFor();
  await page.getByRole("region", { name: "People" }).focus();
  // -1 until all are loaded.
  const total = () => page.getByRole("table").getAttribute("aria-rowcount").then(Number);
  await waitUntil("the last of all rows to be there", async () => {
    await page.keyboard.press("End");
    return (await last()) === (await total());
  });
  expect(await last()).toBeGreaterThan(300);
  expect(await rows.count()).toBeLessThan(60);

  // Into a row and back.
  const region = page.getByRole("region", { name: "People" });
  const topOf = (name: string) =>
    page
      .getByRole("link", { name, exact: true })
      .evaluate((link) => link.getBoundingClientRect().top);
  await region.evaluate((element) => {
    element.scrollTop -= 2000;
  });
  const name = await region.evaluate((element) => {
    const middle = element.getBoundingClientRect().top + 200;
    const links = [...element.querySelectorAll("a")];
    return links.find((one) => one.getBoundingClientRect().top > middle)?.textContent ?? "";
  });
  const before = await topOf(name);
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { name: "Sessions" }).waitFor();
  await page.goBack();
  await expect
    .poll(async () => Math.abs((await topOf(name)) - before), { timeout: 10_000 })
    .toBeLessThan(60);

  await page.goto(`/console/people?q=${address}`);
  const whole = page.getByText(address).locator("visible=true");
  await whole.waitFor();
  expect(await whole.evaluate((shown) => shown.scrollWidth <= shown.clientWidth)).toBe(true);
});
