import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killProcesses, run, temporaryFolder } from "./harness/child-process.ts";
import { ServerProcess } from "./harness/server-process.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const README = join(ROOT, "README.md");
/** Shows the status behind each answer. */
const SHOW_STATUS = `curl() { command curl --silent --show-error --write-out '\\nHTTP %{http_code}\\n' "$@"; }\n`;

/** The code blocks between `<!-- tour:name -->` and `<!-- /tour:name -->`. */
async function blocksOf(tour: string, language: string): Promise<string[]> {
  const readme = await readFile(README, "utf8");
  const section =
    readme.split(`<!-- tour:${tour} -->`)[1]?.split(`<!-- /tour:${tour} -->`)[0] ?? "";
  const blocks = section.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"));
  return [...blocks].map((match) => match[1] as string);
}

describe("the README's tour on a first start", () => {
  let folder: string;
  let server: ServerProcess;
  let environment: Record<string, string>;
  beforeAll(async () => {
    folder = await temporaryFolder("readme");
    server = await ServerProcess.start({ DATA_DIR: join(folder, "data") });
    await server.writes(/Try it:/);
    const key = (role: string) => new RegExp(`${role} +(sf_\\w+)`).exec(server.stdout)?.[1] ?? "";
    environment = {
      PATH: process.env.PATH ?? "",
      ADMIN_KEY: key("ADMIN"),
      AGENT_KEY: key("AGENT"),
      EMPLOYEE_KEY: key("EMPLOYEE"),
    };
  });
  afterAll(killProcesses);

  it("answers each curl call as the text around it says", async () => {
    const blocks = await blocksOf("curl", "sh");
    const script = blocks.join("\n").replaceAll("http://localhost:8000", server.url);
    const { stdout } = await run("bash", ["-ec", SHOW_STATUS + script], { env: environment });
    const statuses = [...stdout.matchAll(/^HTTP (\d{3})$/gm)].map((match) => Number(match[1]));
    expect(statuses).toEqual([201, 200, 200, 201, 201, 403, 412, 200, 200, 201, 200, 200]);
    const [filed, found, started, , , refused, stale, done, history] =
      stdout.split(/^HTTP \d{3}$/m);
    expect(filed).toMatch(/"id":"SF-1037"/);
    expect(filed).toMatch(/^etag: "1"/im);
    expect(found).toMatch(/SF-1037/);
    expect(started).toMatch(/"status":"IN_PROGRESS"/);
    expect(refused).toMatch(/"rule":"request.finish:EMPLOYEE:never"/);
    expect(stale).toMatch(/"code":"precondition_failed"/);
    expect(done).toMatch(/"status":"DONE"/);
    expect(history).toMatch(/request.transitioned/);
    expect(history).not.toMatch(/seal again/);
  });

  it("replays the call that is sent once more", async () => {
    const [file] = await blocksOf("curl", "sh");
    const script = (file as string).replaceAll("http://localhost:8000", server.url);
    const { stdout } = await run("bash", ["-ec", script], { env: environment });
    expect(stdout).toMatch(/^idempotent-replayed: true/im);
    expect(stdout).toMatch(/"id":"SF-1037"/);
  });

  it("runs the SDK's part", async () => {
    const [source] = await blocksOf("sdk", "ts");
    const file = join(ROOT, "test", `readme-tour-${process.pid}.ts`);
    await writeFile(file, (source as string).replaceAll("http://localhost:8000", server.url));
    try {
      const { stdout } = await run(process.execPath, ["--conditions=@serviceflow/source", file], {
        env: environment,
        cwd: ROOT,
      });
      expect(stdout).toMatch(/^SF-\d+ Demo Agent \[/m);
      expect(stdout).toMatch(/^forbidden [\w-]+$/m);
      expect(stdout).toMatch(/^SF-1030 Замена стула$/m);
    } finally {
      await rm(file);
    }
  });
});
