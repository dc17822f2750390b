import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killProcesses, run } from "./harness/child-process.ts";
import { codeBlocks } from "./harness/code-blocks.ts";
import { freshDataDirectory } from "./harness/databases.ts";
import { COMPILE_CACHE, FROM_SOURCE } from "./harness/from-source.ts";
import { ServerProcess } from "./harness/server-process.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Prints the HTTP status after each response. */
const SHOW_STATUS = `curl() { command curl --silent --show-error --write-out '\\nHTTP %{http_code}\\n' "$@"; }\n`;
/** Every version of the README, and the comment in it that only agents may see. */
const READMES = [
  { readme: "README.md", internal: "The seal again" },
  { readme: "README.ru.md", internal: "Снова прокладка" },
];

describe.each(READMES)("the tours of $readme on a first start", ({ readme, internal }) => {
  let server: ServerProcess;
  let environment: Record<string, string>;
  beforeAll(async () => {
    server = await ServerProcess.start({
      DATA_DIR: await freshDataDirectory(),
      SEED_DEMO: "true",
      LOG_PRETTY: "true",
    });
    const { ADMIN, AGENT, EMPLOYEE } = await server.demoKeys();
    environment = {
      PATH: process.env.PATH ?? "",
      ...COMPILE_CACHE,
      ADMIN_KEY: ADMIN,
      AGENT_KEY: AGENT,
      EMPLOYEE_KEY: EMPLOYEE,
    };
  });
  afterAll(killProcesses);

  /** The code blocks between `<!-- tour:name -->` and `<!-- /tour:name -->`. */
  async function blocksOf(tour: string, language: string): Promise<string[]> {
    const text = await readFile(join(ROOT, readme), "utf8");
    const section =
      text.split(`<!-- tour:${tour} -->`)[1]?.split(`<!-- /tour:${tour} -->`)[0] ?? "";
    return codeBlocks(section, language).map((block) =>
      block.replaceAll("http://localhost:8000", server.url),
    );
  }

  it("shows what the printed curl command returns", async () => {
    const [command] = /curl .*/.exec(server.stdout) as RegExpExecArray;
    const { stdout } = await run("bash", ["-ec", `${command} --silent`]);
    const [shown] = await blocksOf("first-start", "json");
    expect(JSON.parse(stdout).items[0]).toMatchObject(JSON.parse(shown as string));
  });

  it("gets the described response to each curl call", async () => {
    const script = (await blocksOf("curl", "sh")).join("\n");
    expect(script).toContain(internal);
    const { stdout } = await run("bash", ["-ec", SHOW_STATUS + script], { env: environment });
    const statuses = [...stdout.matchAll(/^HTTP (\d{3})$/gm)].map((match) => Number(match[1]));
    expect(statuses).toEqual([
      201, 200, 200, 200, 200, 200, 201, 201, 200, 200, 200, 403, 412, 200, 200, 201, 201, 200, 201,
      200, 200, 200, 200,
    ]);
    const [filed, found, counted, file, summed, started, , , unread, read, tried, ...rest] =
      stdout.split(/^HTTP \d{3}$/m);
    const [refused, stale, done, history, again, forOther, left] = rest;
    expect(filed).toMatch(/"id":"SF-1037"/);
    expect(filed).toMatch(/^etag: "1-/im);
    expect(found).toMatch(/SF-1037/);
    expect(counted).toMatch(/"free":\{"count":\d/);
    expect(file).toMatch(/^.?id,/m);
    expect(summed).toMatch(/"series":\[\{"date"/);
    expect(started).toMatch(/"status":"IN_PROGRESS"/);
    expect(unread).toMatch(/"id":"SF-1037"/);
    expect(read).toMatch(/"unread":false/);
    expect(tried).toMatch(/"status":"DONE"/);
    expect(refused).toMatch(/"rule":"request.finish:EMPLOYEE:never"/);
    expect(stale).toMatch(/"code":"precondition_failed"/);
    expect(done).toMatch(/"status":"DONE"/);
    expect(history).toMatch(/request.transitioned/);
    expect(history).not.toContain(internal);
    expect(again).toMatch(/"followsUp":"SF-1037"/);
    expect(forOther).toMatch(/"requester":\{[^}]*"fullName":"Demo Employee"/);
    expect(left).toMatch(/"items":\[\]/);
  });

  it("gets the first response again when the call is retried", async () => {
    const [file] = await blocksOf("curl", "sh");
    const { stdout } = await run("bash", ["-ec", file as string], { env: environment });
    expect(stdout).toMatch(/^idempotent-replayed: true/im);
    expect(stdout).toMatch(/"id":"SF-1037"/);
  });

  it("runs the SDK tour", async () => {
    const [source] = await blocksOf("sdk", "ts");
    const file = join(ROOT, "test", `readme-tour-${process.pid}.ts`);
    await writeFile(file, source as string);
    try {
      const { stdout } = await run(process.execPath, [...FROM_SOURCE, file], {
        env: environment,
        cwd: ROOT,
      });
      expect(stdout).toMatch(/^SF-\d+ Demo Agent \[/m);
      expect(stdout).toMatch(/^forbidden [\w-]+$/m);
      expect(stdout).toMatch(/^would be DONE$/m);
      expect(stdout).toMatch(/^unread SF-\d+ \d{4}-\S+Z$/m);
      expect(stdout).toMatch(/^free \d+$/m);
      expect(stdout).toMatch(/^SF-1030 Замена стула$/m);
    } finally {
      await rm(file);
    }
  });
});
