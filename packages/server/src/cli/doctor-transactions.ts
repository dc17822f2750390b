import type { Database } from "../db/database.ts";
import { type SnapshotHolder, snapshotHolders } from "../log/snapshot-holders.ts";
import type { Check } from "./check.ts";

const WARN_SECONDS = 60;

/** Checks that no transaction holds back the sealer, the feed and the webhooks, and names those that do. */
export async function checkTransactions(db: Database): Promise<Check> {
  return judgeHolders(await snapshotHolders(db));
}

export function judgeHolders(holders: readonly SnapshotHolder[]): Check {
  const name = "transactions";
  const long = holders.filter(({ seconds }) => seconds === null || seconds > WARN_SECONDS);
  if (long.length === 0) {
    return { name, status: "ok", finding: "none has been open for long", advice: null };
  }
  return {
    name,
    status: "warn",
    finding: `hold back seals, events and webhooks: ${long.map(describe).join("; ")}`,
    advice: long.map(adviceFor).find((advice) => advice !== null) ?? null,
  };
}

function describe(holder: SnapshotHolder): string {
  const { kind, pid, transaction, seconds, state, label, role, database } = holder;
  const age = seconds === null ? "of unknown age" : `open for ${Math.round(seconds)} s`;
  const where = `by ${role ?? "an unknown role"} in ${database ?? "an unknown database"}`;
  return kind === "prepared"
    ? `prepared transaction '${label}' (${transaction}) ${where}, ${age}`
    : `session ${pid} (transaction ${transaction}, ${state ?? "state unknown"}, ${label || "no application name"}) ${where}, ${age}`;
}

function adviceFor({ kind, pid, label, seconds }: SnapshotHolder): string | null {
  if (seconds === null) {
    return "Grant the server's role pg_read_all_stats to see the ages of other roles' transactions.";
  }
  return kind === "prepared"
    ? `Ask its coordinator how it ended, then \`commit prepared '${label}'\` or \`rollback prepared '${label}'\` in its database.`
    : `If it is not needed any more: \`select pg_terminate_backend(${pid})\`.`;
}
