import type { StateRow, StateSubject } from "@serviceflow/domain";
import type { Query } from "../db/database.ts";
import type { Statement } from "../db/statement.ts";

const PAGE_SIZE = 1000;

/** A row of a table, by its public id. */
export interface FoundRow {
  id: string;
  row: StateRow;
  /** Of an API key: when its owner was erased; null: never. */
  ownerErasedAt?: string | null;
}

/** A table whose rows the log describes. */
export interface StateTable {
  readonly subject: StateSubject;
  /** Rows by their public ids; an id of nothing is left out. */
  find(query: Query, ids: readonly string[]): Promise<Map<string, FoundRow>>;
  /** The public ids of all rows, page by page. */
  ids(query: Query): AsyncGenerator<string[]>;
}

interface StateTableOptions<R, Key> {
  subject: StateSubject;
  rows: Statement<R, { keys: readonly Key[] }>;
  pages: {
    first: Statement<{ key: Key }, { limit: number }>;
    next: Statement<{ key: Key }, { after: Key; limit: number }>;
  };
  /** Null for an id that cannot be one of this table. */
  toKey(id: string): Key | null;
  toId(key: Key): string;
  toRow(row: R): FoundRow;
}

export function stateTable<R, Key>({
  subject,
  rows,
  pages,
  toKey,
  toId,
  toRow,
}: StateTableOptions<R, Key>): StateTable {
  return {
    subject,
    async find(query, ids) {
      const keys = ids.flatMap((id) => toKey(id) ?? []) as Key[];
      if (keys.length === 0) return new Map();
      const found = await query(rows, { keys });
      return new Map(found.map(toRow).map((row) => [row.id, row]));
    },
    async *ids(query) {
      const limit = PAGE_SIZE;
      let found = await query(pages.first, { limit });
      while (found.length > 0) {
        yield found.map(({ key }) => toId(key));
        const last = found.at(-1);
        if (!last || found.length < limit) return;
        found = await query(pages.next, { after: last.key, limit });
      }
    },
  };
}
