import { type IdKind, toUuid } from "@serviceflow/domain";
import type { Database } from "./database.ts";
import type { Statement } from "./statement.ts";

/**
 * Things by their public ids, those that are there.
 * @param byIds takes `ids`, which are UUIDs
 */
export async function findByIds<Row, Item extends { id: string }>(
  db: Database,
  byIds: Statement,
  kind: IdKind,
  ids: readonly string[],
  toItem: (row: Row) => Item,
): Promise<Map<string, Item>> {
  if (ids.length === 0) return new Map();
  const uuids = ids.flatMap((id) => toUuid(kind, id) ?? []);
  const rows = await db.query<Row>(byIds, { ids: uuids });
  return new Map(rows.map(toItem).map((item) => [item.id, item]));
}
