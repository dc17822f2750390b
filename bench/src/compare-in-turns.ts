import pg from "pg";
import { startLocalPostgres } from "../../test/src/harness/local-postgres.ts";
import { measure, median, type Scenario } from "./load.ts";
import { type Server, startServiceFlow, stopAll } from "./servers.ts";

process.on("exit", stopAll);

const BOOTSTRAP_KEY = "benchmark-bootstrap-key-0123456789";

const CREATE: Scenario = {
  name: "create",
  method: "POST",
  path: () => "/requests",
  body: { title: "The printer is jammed", description: "It blinks red since this morning." },
  expected: 201,
};

export interface Stage {
  server: Server;
  /** API key of an administrator. */
  apiKey: string;
  /** A direct connection to the database. */
  client: pg.Client;
  close(): Promise<void>;
}

/** A server on a PostgreSQL with full durability. */
export async function openStage(settings: Record<string, string> = {}): Promise<Stage> {
  const postgres = await startLocalPostgres({
    fsync: "on",
    synchronous_commit: "on",
    full_page_writes: "on",
  });
  const server = await startServiceFlow({
    DATABASE_URL: postgres.url,
    ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
    ...settings,
  });
  const made = await fetch(`${server.url}/users`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-bootstrap-key": BOOTSTRAP_KEY },
    body: JSON.stringify({ fullName: "Benchmark", email: "benchmark@example.com" }),
  });
  const { apiKey } = (await made.json()) as { apiKey: string };
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  return {
    server,
    apiKey,
    client,
    async close() {
      await client.end();
      await server.stop();
      await postgres.stop();
    },
  };
}

/** The same load, alternately with and without one factor. */
export interface Comparison {
  with: { name: string; begin(stage: Stage): Promise<unknown> };
  without: { name: string; begin(stage: Stage): Promise<unknown> };
}

/** Measures creates over HTTP in alternating rounds, and prints the ratio of both variants. */
export async function compareInTurns(comparison: Comparison): Promise<void> {
  const seconds = Number(process.env.SECONDS ?? 6);
  const rounds = Number(process.env.ROUNDS ?? 5);
  const stage = await openStage();
  const { server, apiKey, client } = stage;
  const rates: { with: number[]; without: number[] } = { with: [], without: [] };
  const counter = { next: 0 };
  const run = async () =>
    (await measure(server.url, apiKey, CREATE, seconds, counter)).requestsPerSecond;
  await run();
  console.log(
    `round | creates/s ${comparison.with.name} | creates/s ${comparison.without.name} | ratio`,
  );
  for (let round = 1; round <= rounds; round += 1) {
    // The second variant of a round has larger tables, so the order alternates too.
    for (const kind of round % 2 === 0
      ? (["without", "with"] as const)
      : (["with", "without"] as const)) {
      await comparison[kind].begin(stage);
      rates[kind].push(await run());
      await comparison.with.begin(stage);
      await caughtUp(client);
    }
    const [one, other] = [rates.with.at(-1) ?? 0, rates.without.at(-1) ?? 0];
    console.log(`${round} | ${one.toFixed(0)} | ${other.toFixed(0)} | ${(one / other).toFixed(3)}`);
  }
  const ratios = rates.with.map((rate, i) => rate / (rates.without[i] ?? 1));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const whole = sum(rates.with) / sum(rates.without);
  console.log(`ratio over all rounds: ${whole.toFixed(3)}, median: ${median(ratios).toFixed(3)}`);
  await comparison.without.begin(stage);
  await stage.close();
}

/** Waits until every log entry is sealed. */
async function caughtUp(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query(
      "select (select count(*) from audit_logs) - (select count(*) from audit_seals) as left",
    );
    if (Number(rows[0].left) === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
