/**
 * Takes pictures of the console: those of the documentation, or of every page in each size, theme and language.
 *
 *   npm run screenshots
 *   npm run screenshots -- --all /tmp/pictures
 *   npm run screenshots -- --all /tmp/pictures --only inbox,board --sizes 360 --languages ru --themes dark
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { migrate, openEmbedded } from "@serviceflow/server";
import { DOCUMENTED } from "./screenshots/documented.ts";
import { fillOffice, NOW } from "./screenshots/fill.ts";
import { LANGUAGES, type Language } from "./screenshots/office.ts";
import { PICTURES, request } from "./screenshots/pages.ts";
import { startStaged } from "./screenshots/server.ts";
import { launch, Photographer, type Shot, SIZES, THEMES, type Width } from "./screenshots/take.ts";
import { keepPresent } from "./screenshots/visitors.ts";
import { dateDeliveries, startReceiver, untilSent } from "./screenshots/webhooks.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    all: { type: "string" },
    only: { type: "string" },
    sizes: { type: "string" },
    themes: { type: "string" },
    languages: { type: "string" },
  },
});

const chosen = <Value extends string>(all: readonly Value[], names: string | undefined) =>
  names === undefined ? all : all.filter((each) => names.split(",").includes(each));

function shotsOf(language: Language): Shot[] {
  if (values.all === undefined) {
    const names = chosen(
      DOCUMENTED[language].map(({ picture }) => picture.name),
      values.only,
    );
    return DOCUMENTED[language].filter(({ picture }) => names.includes(picture.name));
  }
  const pictures = chosen(
    PICTURES.map(({ name }) => name),
    values.only,
  );
  const widths = chosen(Object.keys(SIZES), values.sizes).map((width) => Number(width) as Width);
  return pictures.flatMap((name) => {
    const picture = PICTURES.find((each) => each.name === name);
    if (!picture) return [];
    return widths.flatMap((width) =>
      chosen(THEMES, values.themes).map((theme) => ({ picture, width, theme })),
    );
  });
}

async function takeAll(language: Language, folder: string): Promise<void> {
  const db = await openEmbedded(null);
  await migrate(db, null);
  const filling = await startStaged(db, true);
  const receiver = await startReceiver();
  const office = await fillOffice(filling, receiver, language);
  filling.startBackground();
  await untilSent(db);
  await filling.close();
  await dateDeliveries(db, receiver);
  receiver.close();

  const server = await startStaged(db, false);
  server.setTime(NOW);
  server.startBackground();
  const leave = await keepPresent(server.url, office, [
    { person: "ivan", on: request(office, "Badge reader"), state: "VIEWING" },
    { person: "ivan", on: request(office, "Notebook"), state: "WRITING_INTERNALLY" },
  ]);
  const browser = await launch(server.url);
  const purpose = values.all === undefined ? "documents" : "review";
  const format = purpose === "documents" ? "webp" : "png";
  const photographer = new Photographer({ browser, url: server.url, office, language, purpose });
  try {
    for (const shot of shotsOf(language)) {
      const { picture, width, theme } = shot;
      const file = join(folder, `${picture.name}-${width}-${language}-${theme}.${format}`);
      writeFileSync(file, await photographer.take(shot));
      process.stdout.write(`${file}\n`);
    }
  } finally {
    leave();
    await photographer.close();
    await browser.close();
    await server.close();
    await db.close();
  }
}

execFileSync(process.execPath, [join(ROOT, "scripts/build-console.ts")], { stdio: "inherit" });
const folder = values.all ?? join(ROOT, "docs/images/console");
mkdirSync(folder, { recursive: true });
for (const language of chosen(LANGUAGES, values.languages)) await takeAll(language, folder);
