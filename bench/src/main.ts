/**
 * Compares ServiceFlow with a bare service that runs the same SQL, on one machine. Only the ratio is meaningful.
 *
 *   npm run bench                 rounds of 4 seconds
 *   SECONDS=10 ROUNDS=5 npm run bench
 *   DATABASE_URL=postgres://...   an empty database; by default a PostgreSQL from an npm package
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toUuid } from "@serviceflow/domain";
import { startLocalPostgres } from "../../test/src/harness/local-postgres.ts";
import { fillRequests } from "./data.ts";
import { type Figures, measure, median, type Scenario } from "./load.ts";
import { type Server, startBare, startServiceFlow, stopAll } from "./servers.ts";

process.on("exit", stopAll);

const SECONDS = Number(process.env.SECONDS ?? 4);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const REQUESTS = Number(process.env.REQUESTS ?? 100_000);
const BOOTSTRAP_KEY = "benchmark-bootstrap-key-0123456789";
const FIRST_NUMBER = 1001;

// Increases over all rounds of all servers: each status change needs a NEW request.
const nextNew = { value: FIRST_NUMBER };
function freshNew(): number {
  do nextNew.value += 1;
  while ((nextNew.value - FIRST_NUMBER + 1) % 10 === 0);
  return nextNew.value;
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: "read",
    method: "GET",
    path: (n) => `/requests/SF-${FIRST_NUMBER + (n % REQUESTS)}`,
    expected: 200,
  },
  { name: "list", method: "GET", path: () => "/requests?status=NEW&limit=20", expected: 200 },
  {
    name: "create",
    method: "POST",
    path: () => "/requests",
    body: { title: "The printer is jammed", description: "It blinks red since this morning." },
    expected: 201,
  },
  {
    name: "status",
    method: "PATCH",
    path: () => `/requests/SF-${freshNew()}/status`,
    body: { status: "IN_PROGRESS" },
    expected: 200,
  },
];

const given = process.env.DATABASE_URL;
const postgres = given
  ? null
  : await startLocalPostgres({ fsync: "on", synchronous_commit: "on", full_page_writes: "on" });
const databaseUrl = given ?? (postgres as { url: string }).url;
const dataDir = await mkdtemp(join(tmpdir(), "serviceflow-bench-"));
const environment = { ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY };
const ours = await startServiceFlow({ ...environment, DATABASE_URL: databaseUrl });
const key = await bootstrap(ours);
await fillRequests(databaseUrl, REQUESTS, await ownUuid(ours, key));
const bare = await startBare(databaseUrl);

console.log(
  `${REQUESTS} requests, 16 connections, ${ROUNDS} rounds of ${SECONDS} s in turn, medians\n`,
);
console.log("on PostgreSQL  | bare req/s | p50 ms | p99 ms | ours req/s | p50 ms | p99 ms | ratio");
const bareRates = new Map<string, number>();
for (const scenario of SCENARIOS) {
  const figures: { bare: Figures[]; ours: Figures[] } = { bare: [], ours: [] };
  const counter = { next: 0 };
  for (const server of [bare, ours]) await measure(server.url, key, scenario, 1, counter);
  for (let round = 0; round < ROUNDS; round += 1) {
    figures.bare.push(await measure(bare.url, key, scenario, SECONDS, counter));
    figures.ours.push(await measure(ours.url, key, scenario, SECONDS, counter));
  }
  const [a, b] = [summary(figures.bare), summary(figures.ours)];
  bareRates.set(scenario.name, a.requestsPerSecond);
  const ratio = (b.requestsPerSecond / a.requestsPerSecond).toFixed(2);
  console.log(`${scenario.name.padEnd(14)} | ${row(a)} | ${row(b)} | ${ratio}`);
}
await bare.stop();
await ours.stop();
await postgres?.stop();

// The embedded engine has its own data: the other calls use the requests that the creates leave.
console.log("\nembedded       | req/s | p50 ms | p99 ms | ratio to bare on PostgreSQL");
const embedded = await startServiceFlow({
  ...environment,
  DATA_DIR: join(dataDir, "data"),
  DATABASE_URL: "",
});
const embeddedKey = await bootstrap(embedded);
for (const name of ["create", "read", "list", "status"]) {
  const scenario = SCENARIOS.find((candidate) => candidate.name === name) as Scenario;
  const limited: Scenario =
    name === "read"
      ? { ...scenario, path: (n) => `/requests/SF-${FIRST_NUMBER + (n % 500)}` }
      : name === "status"
        ? { ...scenario, path: (n) => `/requests/SF-${FIRST_NUMBER + n}/status` }
        : scenario;
  // Each status change needs its own request, so creating them gets more time.
  const seconds =
    name === "create" ? SECONDS * 2 : name === "status" ? Math.ceil(SECONDS / 2) : SECONDS;
  const figures = await measure(embedded.url, embeddedKey, limited, seconds, { next: 0 });
  const ratio = (figures.requestsPerSecond / (bareRates.get(name) as number)).toFixed(2);
  console.log(`${name.padEnd(14)} | ${row(figures)} | ${ratio}`);
}
await embedded.stop();
await rm(dataDir, { recursive: true, force: true });

async function bootstrap(server: Server): Promise<string> {
  const response = await fetch(`${server.url}/users`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-bootstrap-key": BOOTSTRAP_KEY },
    body: JSON.stringify({ fullName: "Benchmark", email: "benchmark@example.com" }),
  });
  return ((await response.json()) as { apiKey: string }).apiKey;
}

async function ownUuid(server: Server, apiKey: string): Promise<string> {
  const response = await fetch(`${server.url}/users/me`, { headers: { "x-api-key": apiKey } });
  return toUuid("user", ((await response.json()) as { id: string }).id) as string;
}

function summary(all: readonly Figures[]): Figures {
  return {
    requestsPerSecond: median(all.map((figures) => figures.requestsPerSecond)),
    p50: median(all.map((figures) => figures.p50)),
    p99: median(all.map((figures) => figures.p99)),
  };
}

function row({ requestsPerSecond, p50, p99 }: Figures): string {
  return `${requestsPerSecond.toFixed(0)} | ${p50} | ${p99}`;
}
