import { type IdKind, toUuid } from "@serviceflow/domain";
import type { Reads } from "./database.ts";
import type { Statement } from "./statement.ts";

/** Items by their public ids; an id of nothing is left out. */
export async function findByIds<Row, Item extends { id: string }>(
  db: Reads,
  byIds: Statement<Row, { ids: readonly string[] }>,
  kind: IdKind,
  ids: readonly string[],
  toItem: (row: Row) => Item,
): Promise<Map<string, Item>> {
  if (ids.length === 0) return new Map();
  const uuids = ids.flatMap((id) => toUuid(kind, id) ?? []);
  const rows = await db.query(byIds, { ids: uuids });
  return new Map(rows.map(toItem).map((item) => [item.id, item]));
}
