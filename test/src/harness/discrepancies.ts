import { type Changes, type PrivateValues, reveal } from "@serviceflow/domain";
import type { Database } from "@serviceflow/server";
import { type Acknowledged, LOAD_TITLE } from "./load.ts";
import { runSql } from "./raw-sql.ts";

interface RequestRow {
  id: string;
  title: string;
  status: string;
  assigned: boolean;
  version: number;
}

interface EntryRow {
  id: string;
  changes: Changes;
  values: PrivateValues;
}

/** What an idempotency record says was answered. */
type Recorded = Pick<Acknowledged, "id" | "version" | "status" | "title">;

/**
 * Compares a database with the answers that the clients of a load received. Every write has an idempotency key, so state,
 * audit entries and idempotency records must fit one another exactly: one of each for each version of each request.
 * @returns what does not fit, in words
 */
export async function discrepancies(
  db: Database,
  acknowledged: readonly Acknowledged[],
): Promise<string[]> {
  const ofLoad = `r.title like '${LOAD_TITLE} %'`;
  const requests = await runSql<RequestRow>(
    db,
    `select 'SF-' || number as id, title, status, assignee_id is not null as assigned, version from requests r where ${ofLoad}`,
  );
  const entries = await runSql<EntryRow>(
    db,
    `select 'SF-' || r.number as id, a.changes, v.values from audit_logs a join audit_private_values v on v.entry_id = a.id
     join requests r on r.id = a.service_request_id where ${ofLoad} order by a.seq`,
  );
  const records = new Map<string, Recorded>(
    (
      await runSql<{ key: string; answer: string }>(
        db,
        `select key, answer from idempotency_keys where answer like '%"title":"${LOAD_TITLE} %'`,
      )
    ).map(({ key, answer }) => [key, JSON.parse(answer)]),
  );
  const entriesOf = Map.groupBy(entries, ({ id }) => id);
  const recordsOf = Map.groupBy(records.values(), ({ id }) => id);
  return [
    ...acknowledged.flatMap((write) => lost(write, records.get(write.idempotencyKey))),
    ...requests.flatMap((row) => brokenChain(row, entriesOf.get(row.id) ?? [])),
    ...requests.flatMap((row) => unmatched(row, recordsOf.get(row.id) ?? [])),
    ...[...recordsOf.keys()]
      .filter((id) => !requests.some((row) => row.id === id))
      .map((id) => `${id} was answered and is not there`),
  ];
}

function lost(write: Acknowledged, recorded: Recorded | undefined): string[] {
  const { id, version, status, title } = write;
  const fits =
    recorded?.id === id &&
    recorded.version === version &&
    recorded.status === status &&
    recorded.title === title;
  return fits ? [] : [`${id} version ${version} was acknowledged and is not recorded`];
}

/** Each entry must begin where the one before it ended, and the last must end at the row. */
function brokenChain(row: RequestRow, entries: readonly EntryRow[]): string[] {
  if (entries.length !== row.version) {
    return [`${row.id} has version ${row.version} and ${entries.length} entries`];
  }
  const state: Record<string, unknown> = {};
  for (const entry of entries) {
    for (const [field, { from, to }] of Object.entries(plainChanges(entry))) {
      if ((state[field] ?? null) !== from) return [`${row.id}: ${field} was not ${from}`];
      state[field] = to;
    }
  }
  const fits =
    state.title === row.title &&
    state.status === row.status &&
    (state.assigneeId != null) === row.assigned;
  return fits ? [] : [`${row.id} is not what its entries say`];
}

function plainChanges({ changes, values }: EntryRow): Changes {
  return reveal({ changes, reason: null, clientAddress: null, userAgent: null }, values).changes;
}

/** One idempotency record for each version, no more and no fewer. */
function unmatched(row: RequestRow, records: readonly Recorded[]): string[] {
  const versions = records.map(({ version }) => version).sort((a, b) => a - b);
  const expected = Array.from({ length: row.version }, (_, index) => index + 1);
  return versions.join() === expected.join()
    ? []
    : [`${row.id} at version ${row.version} has records of [${versions}]`];
}
