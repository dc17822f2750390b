import type { Database } from "@serviceflow/server";

/** Runs SQL as it stands, past the server's own statements. */
export function runSql<Row>(
  db: Pick<Database, "query">,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return db.query<Row>({ name: null, text, bind: () => [...values] });
}

/** The SQLSTATE with which the database refuses it, or null when it does not. */
export async function sqlStateOf(db: Database, text: string): Promise<string | null> {
  try {
    await runSql(db, text);
    return null;
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}
