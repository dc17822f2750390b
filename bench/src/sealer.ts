/**
 * What sealing the audit log costs those who write it: the same server under the same load, in turn with its sealer at
 * work and with the sealer's lock held by somebody else, so that it has nothing to do.
 *
 *   npm run bench:sealer
 *   SECONDS=10 ROUNDS=6 npm run bench:sealer
 */
import pg from "pg";
import { startLocalPostgres } from "../../test/src/harness/local-postgres.ts";
import { measure, median, type Scenario } from "./load.ts";
import { startServiceFlow, stopAll } from "./servers.ts";

process.on("exit", stopAll);

const SECONDS = Number(process.env.SECONDS ?? 6);
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const BOOTSTRAP_KEY = "benchmark-bootstrap-key-0123456789";
/** `SEALER_LOCK` of the server. */
const SEALER_LOCK = 7_251_965;

const CREATE: Scenario = {
  name: "create",
  method: "POST",
  path: () => "/requests",
  body: { title: "The printer is jammed", description: "It blinks red since this morning." },
  expected: 201,
};

const postgres = await startLocalPostgres({
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
});
const server = await startServiceFlow({
  DATABASE_URL: postgres.url,
  ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
});
const made = await fetch(`${server.url}/users`, {
  method: "POST",
  headers: { "content-type": "application/json", "x-bootstrap-key": BOOTSTRAP_KEY },
  body: JSON.stringify({ fullName: "Benchmark", email: "benchmark@example.com" }),
});
const { apiKey } = (await made.json()) as { apiKey: string };
const client = new pg.Client({ connectionString: postgres.url });
await client.connect();

const rates: { sealing: number[]; idle: number[] } = { sealing: [], idle: [] };
const counter = { next: 0 };
const run = async () =>
  (await measure(server.url, apiKey, CREATE, SECONDS, counter)).requestsPerSecond;
await run();
console.log("round | creates/s while sealing | creates/s with the sealer idle | ratio");
for (let round = 1; round <= ROUNDS; round += 1) {
  // Whoever comes second has the fuller tables, so they take turns at that too.
  for (const kind of round % 2 === 0
    ? (["idle", "sealing"] as const)
    : (["sealing", "idle"] as const)) {
    if (kind === "idle") await client.query("select pg_advisory_lock($1)", [SEALER_LOCK]);
    rates[kind].push(await run());
    if (kind === "idle") await client.query("select pg_advisory_unlock($1)", [SEALER_LOCK]);
    await caughtUp();
  }
  const [sealing, idle] = [rates.sealing.at(-1) ?? 0, rates.idle.at(-1) ?? 0];
  console.log(
    `${round} | ${sealing.toFixed(0)} | ${idle.toFixed(0)} | ${(sealing / idle).toFixed(3)}`,
  );
}
const ratios = rates.sealing.map((rate, i) => rate / (rates.idle[i] ?? 1));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const whole = sum(rates.sealing) / sum(rates.idle);
console.log(`ratio over all rounds: ${whole.toFixed(3)}, median: ${median(ratios).toFixed(3)}`);
await client.end();
await server.stop();
await postgres.stop();

async function caughtUp(): Promise<void> {
  for (;;) {
    const { rows } = await client.query(
      "select (select count(*) from audit_logs) - (select count(*) from audit_seals) as left",
    );
    if (Number(rows[0].left) === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
