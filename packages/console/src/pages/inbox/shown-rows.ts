/** What tells two states of one request apart. */
interface Dated {
  id: string;
  version: number;
  lastActivityAt: string;
}

/** Rows as one call answered them. */
export interface Source<Item> {
  items: readonly Item[];
  /** When: in milliseconds. 0: long ago, so that of two equal states the one that is shown stays. */
  at: number;
}

/** The latest state of each row. */
export type Latest<Item> = ReadonlyMap<string, { item: Item; at: number }>;

/** The calls answer at different moments: what each of them knows best. */
export function latestOf<Item extends Dated>(sources: readonly Source<Item>[]): Latest<Item> {
  const latest = new Map<string, { item: Item; at: number }>();
  for (const { items, at } of [...sources].sort((a, b) => a.at - b.at)) {
    for (const item of items) {
      const known = latest.get(item.id);
      if (known === undefined || !isOlder(item, known.item)) latest.set(item.id, { item, at });
    }
  }
  return latest;
}

/**
 * Keeps a list still while its data moves: what is shown stays where it is and is rewritten in place, and what comes further
 * down is appended. What is new above waits.
 * @param order the rows as the list has them now.
 * @returns the same array when nothing of it has changed.
 */
export function merge<Item extends Dated>(
  shown: readonly Item[],
  order: readonly Item[],
  latest: Latest<Item>,
): readonly Item[] {
  const known = new Set(shown.map(({ id }) => id));
  const lastKnown = order.findLastIndex(({ id }) => known.has(id));
  const below =
    lastKnown === -1 && shown.length > 0
      ? []
      : order.slice(lastKnown + 1).filter(({ id }) => !known.has(id) && known.add(id));
  const rows = [...shown, ...below].map((row) => {
    const found = latest.get(row.id);
    if (found === undefined || isOlder(found.item, row)) return row;
    return found.at === 0 && !isOlder(row, found.item) ? row : found.item;
  });
  return below.length === 0 && rows.every((row, index) => row === shown[index]) ? shown : rows;
}

/** How many of the items are not shown yet. */
export function countWaiting(
  shown: readonly { id: string }[],
  items: readonly { id: string }[],
): number {
  const known = new Set(shown.map(({ id }) => id));
  return items.filter(({ id }) => !known.has(id)).length;
}

function isOlder(one: Dated, other: Dated): boolean {
  return one.version === other.version
    ? one.lastActivityAt < other.lastActivityAt
    : one.version < other.version;
}
