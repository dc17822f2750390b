import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const run = promisify(execFile);
const CHECK = fileURLToPath(new URL("../../scripts/check-words.ts", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serviceflow-words-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function check(text: string): Promise<{ code: number; output: string }> {
  const file = join(folder, "text.ts");
  await writeFile(file, text);
  try {
    await run(process.execPath, [CHECK, file]);
    return { code: 0, output: "" };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, output: stderr.replaceAll(`${file}:`, "") };
  }
}

it.each([
  ["// Whoever calls it.", /^1: "Whoever": write .*anyone who\n$/],
  ["/**\n * Each reader is\n * told once.\n */", /^2: "is \* told": write receives/],
  ["const x = 1;\n// The events behind a cursor.\n", /^2: "behind": write after/],
  ["// A stretch of the feed.", /^1: "stretch"/],
  ["// This is no cursor, for ever.", /^1: "for ever"[\s\S]*^1: "is no"/m],
])("finds the word, its line and a better one in %j", async (text, expected) => {
  const { code, output } = await check(text);
  expect(output).toMatch(expected);
  expect(code).toBe(1);
});

it.each([
  "The server runs behind a reverse proxy, behind PgBouncer or behind the load balancer.",
  "A slow reader falls behind; the build leaves files behind.",
  "There is no default, and the key is no longer valid.",
  "A warehouse, a recommendation, an endearing name.",
  "align-items: stretch;",
])("accepts %j", async (text) => {
  expect(await check(text)).toEqual({ code: 0, output: "" });
});
