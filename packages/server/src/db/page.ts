import { invalidField, type Page } from "@serviceflow/domain";

const DEFAULT_LIMIT = 20;

export function limitOf(input: { limit?: number | undefined }): number {
  return input.limit ?? DEFAULT_LIMIT;
}

/**
 * A page of rows that were selected with one row more than the limit.
 * @param keyOf what the next page continues after
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  keyOf: (row: Row) => string,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    nextCursor: rows.length > limit && last !== undefined ? keyOf(last) : null,
  };
}

/** A UUID as a cursor: 22 letters of base64url. */
export function uuidCursor(uuid: string): string {
  return Buffer.from(uuid.replaceAll("-", ""), "hex").toString("base64url");
}

/** @throws DomainError `validation_failed` for any other text */
export function readUuidCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const bytes = Buffer.from(cursor, "base64url");
  if (bytes.length !== 16 || bytes.toString("base64url") !== cursor) throw invalidCursor();
  return bytes.toString("hex");
}

/** A short ASCII text as a cursor. */
export function textCursor(value: string): string {
  return Buffer.from(value).toString("base64url");
}

/**
 * @param shape of the text inside
 * @throws DomainError `validation_failed` for any other text
 */
export function readTextCursor(cursor: string | undefined, shape: RegExp): string | null {
  if (cursor === undefined) return null;
  const value = Buffer.from(cursor, "base64url").toString("latin1");
  if (!shape.test(value) || textCursor(value) !== cursor) throw invalidCursor();
  return value;
}

/** Of lists in the order of a 64-bit number, newest first: where they begin. */
const END_OF_SEQ = "9223372036854775807";

/** The number that a page of such a list continues below. */
export function readSeqCursor(cursor: string | undefined): string {
  return readTextCursor(cursor, /^\d{1,18}$/) ?? END_OF_SEQ;
}

export function invalidCursor(detail = "It must be a `nextCursor` of this list.") {
  return invalidField("/cursor", "invalid_cursor", detail);
}
