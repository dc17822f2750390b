import type { Database } from "@serviceflow/server";

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
  return { ...db, query };
}
