import type { Database } from "@serviceflow/server";
import { runSql } from "./raw-sql.ts";
import type { Person } from "./test-app.ts";

/** Inserts active keys at once, without the commands that issue them. */
export async function insertKeys(db: Database, person: Person, count: number): Promise<void> {
  await runSql(
    db,
    `insert into api_keys (id, user_id, name, hash, prefix, last_four, scopes, created_at)
     select gen_random_uuid(), user_id, 'Bulk', sha256((user_id::text || n)::bytea), 'sf_bulk', 'bulk', scopes, now()
     from api_keys, generate_series(1, $2::int) as n where hash = sha256($1::bytea)`,
    [Buffer.from(person.key), count],
  );
}
