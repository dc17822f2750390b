import type { Query } from "./database.ts";
import { columns, sql, value } from "./sql.ts";
import { statement } from "./statement.ts";

const CHECKPOINT_BYTES = 32 * 1024 * 1024;

// Thresholds of PostgreSQL's autovacuum. What was counted is lost when the process is killed: a table of which nothing is
// known is due too.
const dueTables = statement(
  null,
  sql`
    select ${columns({ name: value("text", sql`s.relid::regclass::text`) })}
    from pg_stat_user_tables s join pg_class c on c.oid = s.relid
    where s.n_dead_tup > 50 + 0.2 * greatest(c.reltuples, 0)
      or s.n_mod_since_analyze > 50 + 0.1 * greatest(c.reltuples, 0)
      or s.n_ins_since_vacuum > 1000 + 0.2 * greatest(c.reltuples, 0)
      or (c.reltuples < 0 and pg_relation_size(c.oid) > 0)
    order by s.relid`,
);

// PostgreSQL adds up what has changed at most once a second.
const addUpChanges = statement(
  null,
  sql`select ${columns({ done: value("text?", sql`pg_stat_force_next_flush()::text`) })}`,
);

const walSinceCheckpoint = statement(
  null,
  sql`select ${columns({
    bytes: value(
      "float8",
      sql`(select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::float8 from pg_control_checkpoint())`,
    ),
  })}`,
);

/**
 * Does what PostgreSQL's own processes would: reclaims dead rows and updates statistics of tables that have changed
 * enough, one after the other so that calls come in between, and bounds what a start has to recover.
 * @throws the reason of `stop`, between two tables
 */
export async function maintain(query: Query, stop: AbortSignal): Promise<void> {
  await query(addUpChanges);
  for (const { name } of await query(dueTables)) {
    stop.throwIfAborted();
    await query(command(`vacuum (analyze) ${name}`));
  }
  const [wal] = await query(walSinceCheckpoint);
  if (wal && wal.bytes > CHECKPOINT_BYTES) await query(command("checkpoint"));
}

function command(text: string) {
  return { name: null, text, bind: () => [] };
}
