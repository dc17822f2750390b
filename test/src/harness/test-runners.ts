import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./child-process.ts";
import { codeBlocks } from "./code-blocks.ts";

const README = fileURLToPath(new URL("../../../packages/sdk/README.md", import.meta.url));
const PINNED = fileURLToPath(new URL("../../clients/runners", import.meta.url));

/** Timers that stand still stop neither the server nor its webhooks. */
const UNDER_FAKE_TIMERS = `import { createTestServer } from "@serviceflow/sdk/testing";
import { createHandler } from "@serviceflow/sdk/webhooks";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

let server;
beforeAll(async () => {
  server = await createTestServer();
}, 60_000);
afterAll(() => server.close());

test("a webhook arrives", async () => {
  vi.useFakeTimers({ now: Date.now() });
  const arrived = new Promise((arrive) => {
    const on = { "request.created": ({ request }) => arrive(request.title) };
    void server.addWebhook((secret) => createHandler({ secret, on })).then(async () => {
      await server.employee.sf.requests.create({ title: "The printer is jammed" });
    });
  });
  expect(await arrived).toBe("The printer is jammed");
  vi.useRealTimers();
}, 60_000);
`;

interface Runner {
  /** The example of the README; none: what goes on under fake timers. */
  example?: string;
  file: string;
  /** What the README says to put before it. */
  head?: string;
  /** Below the folder of the runners. */
  program?: string;
  args: readonly string[];
  flags?: string;
}

export const NODE_TEST: Runner = {
  example: "node-test",
  file: "node.test.mjs",
  args: ["--test", "node.test.mjs"],
};

const VITEST = { example: "vitest", program: "node_modules/vitest/vitest.mjs" };
const JEST = {
  program: "node_modules/jest/bin/jest.js",
  flags: "--experimental-vm-modules",
};

/** What takes an installation. */
export const INSTALLED: Readonly<Record<string, Runner>> = {
  Vitest: { ...VITEST, file: "a.test.mjs", args: ["run", "a.test.mjs"] },
  "Vitest with jsdom": {
    ...VITEST,
    file: "b.test.mjs",
    head: "// @vitest-environment jsdom\n",
    args: ["run", "b.test.mjs"],
  },
  Jest: { ...JEST, example: "jest", file: "c.test.js", args: ["c.test.js"] },
  "Jest with ES modules": {
    ...JEST,
    example: "vitest",
    file: "d.test.mjs",
    args: ["--testMatch=**/d.test.mjs"],
  },
  "Vitest with fake timers": {
    program: VITEST.program,
    file: "f.test.mjs",
    args: ["run", "f.test.mjs"],
  },
  "Jest with fake timers": { ...JEST, file: "g.test.mjs", args: ["--testMatch=**/g.test.mjs"] },
  "Jest with jsdom": { ...JEST, example: "jest-jsdom", file: "e.test.js", args: ["e.test.js"] },
};

/** A folder of a project that has the SDK, for tests of its own. */
export async function runnersFolder(project: string): Promise<string> {
  const folder = join(project, "runners");
  await mkdir(folder, { recursive: true });
  return folder;
}

export async function installRunners(folder: string): Promise<void> {
  await cp(PINNED, folder, { recursive: true });
  await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
}

async function exampleOf(name: string): Promise<string> {
  const readme = await readFile(README, "utf8");
  const [, section = ""] = readme.split(`<!-- example:${name} -->`);
  return codeBlocks(section, "js")[0] ?? "";
}

/** Runs an example of the README; what the runner printed. */
export async function runExample(
  folder: string,
  { example, file, head = "", program, args, flags = "" }: Runner,
): Promise<string> {
  const code = example === undefined ? UNDER_FAKE_TIMERS : await exampleOf(example);
  // Jest has what Vitest exports, under other names.
  const own = program?.includes("jest")
    ? code.replace('"vitest"', '"@jest/globals"').replaceAll(/\bvi\b/g, "jest")
    : code;
  await writeFile(join(folder, file), head + own);
  const { PATH = "", HOME = "" } = process.env;
  const { stdout, stderr } = await run(
    process.execPath,
    [...(program === undefined ? [] : [join(folder, program)]), ...args],
    { cwd: folder, env: { PATH, HOME, NODE_OPTIONS: flags, NO_COLOR: "1" } },
  );
  return stdout + stderr;
}
