import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run as runProgram } from "../../../test/src/harness/child-process.ts";
import { onServer } from "../../../test/src/harness/local-postgres.ts";
import { hashOf } from "../data/fill-plain.ts";
import type { Load, Shape } from "../load/job.ts";
import { percentiles } from "../load/latencies.ts";
import { OPEN_CONNECTIONS } from "../load/open.ts";
import { type Facts, type Scenario, WORDS } from "../scenarios.ts";
import type { Contender } from "./contender.ts";
import { PLAIN, type PlainStatement } from "./plain-statements.ts";

const DEBIAN = "/usr/lib/postgresql";
const STOCK_PER_SECOND = 15_000;

/** The newest pgbench on this machine; null: none is installed. The npm package of PostgreSQL has none. */
export function findPgbench(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const paths = versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(DEBIAN, version, "bin/pgbench"));
  const program = [...paths, "pgbench"].find((path) => {
    try {
      execFileSync(path, ["--version"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
  return program ?? null;
}

/** Statements of the plain service for each of its scenarios, and what pgbench sets before. */
const SCRIPTS: Record<string, { before?: string; statement: PlainStatement }> = {
  read: { before: "\\set id random(:first, :last)", statement: PLAIN.read },
  list: { statement: PLAIN.list },
  "list-fields": { statement: PLAIN.list },
  create: { statement: PLAIN.create },
  status: {
    before: "\\set call :call + 1\n\\set id :stock + :call * :clients + :client_id",
    statement: PLAIN.status,
  },
};

/** PostgreSQL alone, with the statements of the plain service, on tables like its own. */
export function pgbenchContender(options: {
  program: string;
  url: string;
  apiKey: string;
  facts: Pick<Facts, "first" | "last">;
}): Contender {
  const { url, apiKey, facts } = options;
  const fixed = {
    first: facts.first,
    last: facts.last,
    hash: `\\x${hashOf(apiKey).toString("hex")}`,
    user: 1,
    limit: 50,
    title: `The ${WORDS.common} is jammed`,
    description: "It blinks red since this morning.",
    call: -1,
  };
  return {
    name: "pgbench",
    process: "pgbench",
    pid: null,
    knows: ({ name }) => name in SCRIPTS,
    async ready(scenario, shape) {
      const script = scriptOf(scenario);
      const changes = scenario.name === "status";
      const variables = {
        ...fixed,
        status: changes ? "IN_PROGRESS" : "NEW",
        stock: changes ? await addStock(url, shape.seconds * STOCK_PER_SECOND) : 0,
      };
      return () => runPgbench(options, script, variables, shape);
    },
    async settle() {},
  };
}

function scriptOf({ name }: Scenario): string {
  const found = SCRIPTS[name];
  if (!found) throw new Error(`pgbench has no script for ${name}`);
  const { before = "", statement } = found;
  return [before, inPgbench(PLAIN.authenticate), inPgbench(statement), ""].join("\n");
}

function inPgbench({ text, params }: PlainStatement): string {
  const named = text.replaceAll(/\$(\d+)/g, (_, n) => `:${params[Number(n) - 1]}`);
  return `${named.replaceAll(/\s+/g, " ")};`;
}

/** @returns the number of the first of so many NEW requests in a row */
function addStock(url: string, count: number): Promise<number> {
  return onServer(url, async (client) => {
    const { rows } = await client.query(
      `with added as (
         insert into requests (title, description, status, priority, category, requester_id)
         select 'Stock', '', 'NEW', 'NORMAL', 'general', 1 from generate_series(1, $1::bigint) returning id
       ) select min(id)::int as first from added`,
      [Math.ceil(count)],
    );
    return rows[0].first;
  });
}

async function runPgbench(
  { program, url }: { program: string; url: string },
  script: string,
  variables: Readonly<Record<string, string | number>>,
  shape: Shape,
): Promise<Load> {
  const folder = await mkdtemp(join(tmpdir(), "serviceflow-pgbench-"));
  const seconds = Math.max(1, Math.round(shape.seconds));
  const clients = shape.loop === "closed" ? shape.connections : OPEN_CONNECTIONS;
  const path = join(folder, "script.sql");
  await writeFile(path, script);
  const values = Object.entries({ ...variables, clients }).flatMap(([name, value]) => [
    "-D",
    `${name}=${value}`,
  ]);
  const rate = shape.loop === "open" ? ["-R", String(shape.rate)] : [];
  const size = ["-c", String(clients), "-j", "1", "-T", String(seconds), ...rate];
  const args = ["-n", "-M", "prepared", "-f", path, "-l", "--log-prefix", join(folder, "log")];
  const { stdout } = await runProgram(program, [...args, ...size, ...values, url]);
  const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
  const latencies = await readLog(folder);
  await rm(folder, { recursive: true, force: true });
  return {
    calls: latencies.length,
    seconds: latencies.length / perSecond,
    perSecond,
    ...percentiles(latencies),
    bytes: null,
    unexpected: {},
    generatorCpuMs: null,
  };
}

/** Latencies in milliseconds; of calls at a fixed rate, from when they were due. */
async function readLog(folder: string): Promise<number[]> {
  const logs = (await readdir(folder)).filter((name) => name.startsWith("log"));
  const texts = await Promise.all(logs.map((name) => readFile(join(folder, name), "utf8")));
  return texts.flatMap((text) =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => Number(line.split(" ")[2]) / 1_000),
  );
}
