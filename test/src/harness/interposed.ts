import { createServices, type Database } from "@serviceflow/server";
import { testLog } from "./databases.ts";
import { caller, fetchOf, type TestApp } from "./test-app.ts";

/** What is done around the statements of a database, by their names. */
export interface Interposition {
  before?(statement: string): Promise<void> | void;
  after?(statement: string): Promise<void> | void;
}

/** A database on which something happens between the statements of its user. */
export function interposed(db: Database, does: Interposition): Database {
  const query = new Proxy(db.query, {
    async apply(query, self, args) {
      const name = args[0].name ?? "";
      await does.before?.(name);
      const rows = await Reflect.apply(query, self, args);
      await does.after?.(name);
      return rows;
    },
  });
  // Without a replica, what one may answer is the same.
  return { ...db, query, points: { query }, replicated: { query } };
}

/** The same people before a server whose database is interposed. */
export function interposedApp(app: TestApp, does: Interposition): TestApp {
  const db = interposed(app.database.db, does);
  return { ...app, call: caller(fetchOf(createServices(db, testLog).services)) };
}
