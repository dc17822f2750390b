import type pg from "pg";

/** The process that the server names when a connection opens; the types of `pg` leave it out. */
export function processOf(client: pg.ClientBase): number {
  return (client as unknown as { processID: number }).processID;
}

/**
 * Whether a pooler stands in between. It makes up the process of a connection, and gives each transaction another session:
 * what is set for one would hold for others' transactions too.
 */
export async function isPooled(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query("select pg_backend_pid() as pid");
  return rows[0]?.pid !== processOf(client);
}
