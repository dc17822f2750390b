import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { freshPostgres } from "./harness/databases.ts";
import { discrepancies } from "./harness/discrepancies.ts";
import { Load, type People } from "./harness/load.ts";
import { LONG } from "./harness/long-run.ts";
import { addPeople } from "./harness/people.ts";
import { RetryingClient } from "./harness/retrying-client.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { BOOTSTRAP_KEY } from "./harness/test-app.ts";
import { waitFor } from "./harness/waiting.ts";

const ROUNDS = LONG ? 4 : 1;
/** A storm lasts until it has cut so many connections and so many calls got a 503. */
const CUTS = LONG ? 1_000 : 120;
const REFUSED = 20;
const CLIENTS = 16;
/** Each of them sends at most two calls at a time. */
const MAX_AT_ONCE = 2 * CLIENTS;
/** How far apart, on average, gusts are; each cuts one to three connections. */
const GUST_MS = 20;
const CONSECUTIVE_SUCCESSES = 16;

describe.each(LONG ? [1, 2] : [1])("a server with %i workers", (workers) => {
  let database: Awaited<ReturnType<typeof freshPostgres>>;
  let server: ServerProcess;
  let people: People;

  beforeAll(async () => {
    database = await freshPostgres();
    server = await ServerProcess.start({
      DATABASE_URL: `${database.url}?application_name=stormed`,
      ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
      LOG_LEVEL: "error",
      WEB_CONCURRENCY: String(workers),
    });
    people = await addPeople(server.url);
  });

  afterAll(async () => {
    await killProcesses();
    await database.drop();
  });

  it.for(Array.from({ length: ROUNDS }, (_, round) => round + 1))(
    "loses no write, doubles none and hangs on none while its connections are cut at random (round %i)",
    async (_round, { annotate }) => {
      const client = new RetryingClient(server.url);
      const load = new Load(client, people);
      await load.start(CLIENTS);
      const terminated = await storm(
        database.url,
        (cuts) => cuts >= CUTS && client.count(503) >= REFUSED,
      );
      const calm = performance.now();
      const unavailableInStorm = client.count(503);
      await waitFor("the server to recover", client.succeeds(CONSECUTIVE_SUCCESSES));
      const recoveryMs = Math.round(performance.now() - calm);
      const unavailableAfter = client.count(503) - unavailableInStorm;
      await load.stop();

      const figures = { terminated, recoveryMs, unavailableAfter, ...client.figures };
      await annotate(JSON.stringify(figures));
      expect.soft(load.faults).toEqual([]);
      expect(server.isRunning, server.stderr).toBe(true);
      expect([...client.tally.keys()].sort()).toEqual([200, 201, 409, 503]);
      // A connection that was cut fails the calls that were on it, and no others.
      expect(unavailableAfter).toBeLessThanOrEqual(MAX_AT_ONCE);
      expect(await discrepancies(database.db, load.acknowledged)).toEqual([]);
    },
  );

  it("drains and exits cleanly afterwards", async () => {
    expect(await server.end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(server.stdout).not.toMatch(/internal_error|unhandled/);
  });
});

/** Cuts connections of the server until it is enough. @returns how many it cut */
async function storm(url: string, isEnough: (cuts: number) => boolean): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let terminated = 0;
  try {
    while (!isEnough(terminated)) {
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
