import { REQUEST_SORTS, type RequestSort } from "@serviceflow/domain";
import { invalidCursor, readUuidCursor, textCursor, uuidCursor } from "../../db/page.ts";
import type { ListedRow } from "./listed-row.ts";
import type { Order } from "./order.ts";

/** Its cursors are an id alone; those of other orders name the order and the key as well. */
export const DEFAULT_SORT = "newest" satisfies RequestSort;

/** Where the page after this request begins. */
export function cursorAfter(sort: RequestSort, order: Order, row: ListedRow): string {
  if (sort === DEFAULT_SORT) return uuidCursor(row.uuid);
  return textCursor([sort, order.keyOf(row), row.uuid.replaceAll("-", "")].join(":"));
}

/**
 * The values of the order's `after`; null on the first page.
 * @throws DomainError `validation_failed` for a cursor of another order, and for any other text
 */
export function readCursor(
  sort: RequestSort,
  order: Order,
  cursor: string | undefined,
): object | null {
  if (cursor === undefined) return null;
  const parts = Buffer.from(cursor, "base64url").toString("latin1").split(":");
  const made = REQUEST_SORTS.find((one) => one === parts[0]) ?? DEFAULT_SORT;
  if (made === DEFAULT_SORT) readUuidCursor(cursor);
  if (made !== sort) {
    throw invalidCursor(
      `It continues a list with \`sort=${made}\`, not one with \`sort=${sort}\`.`,
    );
  }
  const uuid = made === DEFAULT_SORT ? readUuidCursor(cursor) : readParts(order, parts, cursor);
  return { after: uuid, ...order.valuesOf(parts[1] ?? "") };
}

function readParts(order: Order, parts: readonly string[], cursor: string): string {
  const [sort = "", key = "", uuid = ""] = parts;
  const isWhole = textCursor([sort, key, uuid].join(":")) === cursor;
  if (!isWhole || !order.isKey(key) || !/^[0-9a-f]{32}$/.test(uuid)) throw invalidCursor();
  return uuid;
}
