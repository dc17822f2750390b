import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { discrepancies } from "./harness/account.ts";
import { killProcesses } from "./harness/child-process.ts";
import { freshPostgres } from "./harness/databases.ts";
import { BOOTSTRAP_KEY } from "./harness/house.ts";
import { Load, type People } from "./harness/load.ts";
import { addPeople } from "./harness/people.ts";
import { RetryingClient } from "./harness/retrying-client.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { waitFor } from "./harness/waiting.ts";

const LONG = process.env.LONG === "1";
const ROUNDS = LONG ? 4 : 1;
const STORM_MS = LONG ? 15_000 : 4_000;
const WORKERS = 16;
/** How far apart, on average, gusts are; each cuts one to three connections. */
const GUST_MS = 20;
const RECOVERY_LIMIT_MS = 2_000;
const CONSECUTIVE_SUCCESSES = 16;

let database: Awaited<ReturnType<typeof freshPostgres>>;
let server: ServerProcess;
let people: People;

beforeAll(async () => {
  database = await freshPostgres();
  server = await ServerProcess.start({
    DATABASE_URL: `${database.url}?application_name=stormed`,
    ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
    LOG_LEVEL: "error",
  });
  people = await addPeople(server.url);
});

afterAll(async () => {
  await killProcesses();
  await database.drop();
});

it.for(Array.from({ length: ROUNDS }, (_, round) => round + 1))(
  "loses, doubles and hangs nothing while its connections are cut at random (round %i)",
  async (_round, { annotate }) => {
    const client = new RetryingClient(server.url);
    const load = new Load(client, people);
    await load.start(WORKERS);
    const terminated = await storm(database.url, STORM_MS);
    const calm = performance.now();
    await waitFor("the server to recover", client.succeeds(CONSECUTIVE_SUCCESSES));
    const recoveryMs = Math.round(performance.now() - calm);
    await load.stop();

    const figures = { terminated, recoveryMs, ...client.figures };
    await annotate(JSON.stringify(figures));
    expect.soft(load.faults).toEqual([]);
    expect(server.isRunning, server.stderr).toBe(true);
    expect(terminated).toBeGreaterThan(STORM_MS / GUST_MS / 10);
    expect(client.count(503), "the storm must be felt").toBeGreaterThan(0);
    expect([...client.tally.keys()].sort()).toEqual([200, 201, 409, 503]);
    expect(recoveryMs).toBeLessThan(RECOVERY_LIMIT_MS);
    expect(await discrepancies(database.db, load.acknowledged)).toEqual([]);
  },
);

it("drains and ends well afterwards", async () => {
  expect(await server.end("SIGTERM")).toEqual({ code: 0, signal: null });
  expect(server.stdout).not.toMatch(/internal_error|unhandled/);
});

/** Cuts connections of the server. @returns how many */
async function storm(url: string, durationMs: number): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let terminated = 0;
  try {
    const end = performance.now() + durationMs;
    while (performance.now() < end) {
      const { rowCount } = await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'stormed'
         order by random() limit 1 + floor(3 * random())::int`,
      );
      terminated += rowCount ?? 0;
      await pause(2 * GUST_MS * Math.random());
    }
  } finally {
    await client.end();
  }
  return terminated;
}
