import { setTimeout as pause } from "node:timers/promises";
import { onServer } from "../../../test/src/harness/local-postgres.ts";

/** What the jobs of ServiceFlow come to at last: the table that it is about, and SQL that holds then. */
const CONDITIONS: readonly [table: string, holds: string][] = [
  ["words_due", "not exists (select from words_due)"],
  ["stats_builds", "(select bool_and(complete) from stats_builds)"],
  ["request_deltas", "not exists (select from request_deltas)"],
  ["words_backfill", "(select below = 0 and users_up_to is null from words_backfill)"],
  [
    "audit_head",
    `not exists (select from audit_logs
      where (xid, seq) > ((select xid from audit_head), (select seq from audit_head)))`,
  ],
  [
    "request_events_end",
    "(select position from request_events_end) >= (select position from audit_head)",
  ],
];

const POLL_MS = 200;
/** After a large fill it takes long: this is how often the log says so. */
const TELL_EVERY_MS = 30_000;

/**
 * Waits until the jobs of a server have done what writes have left to them, so that no later measurement pays for it.
 * Tables that another build does not have are left out.
 * @param readFeed a read of the feed by a filter, which indexes its events without waiting for the job
 */
export function untilSettled(url: string, readFeed?: () => Promise<unknown>): Promise<void> {
  return onServer(url, async (client) => {
    const { rows } = await client.query(
      "select name from unnest($1::text[]) as name where to_regclass(name) is not null",
      [CONDITIONS.map(([table]) => table)],
    );
    const there = new Set(rows.map(({ name }) => name));
    const conditions = CONDITIONS.filter(([table]) => there.has(table));
    const text = `select ${conditions.map(([table, holds]) => `${holds} as ${table}`).join(", ")}`;
    let toldAt = performance.now();
    for (;;) {
      const [state] = (await client.query(text)).rows;
      const waited = conditions.map(([table]) => table).filter((table) => !state[table]);
      if (waited.length === 0) return;
      if (performance.now() - toldAt > TELL_EVERY_MS) {
        toldAt = performance.now();
        console.error(`Waiting for the jobs that fill ${waited.join(", ")}`);
      }
      if (String(waited) === "request_events_end") await readFeed?.();
      await pause(POLL_MS);
    }
  });
}

/** As autovacuum would after a while. */
export function tidy(url: string): Promise<void> {
  return onServer(url, async (client) => {
    await client.query("vacuum analyze");
    await client.query("checkpoint");
  });
}
