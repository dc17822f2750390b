import { CHAIN_START, DomainError, invalidField } from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { statement } from "../db/statement.ts";
import { type HeadRow, readHead, toHex } from "../log/chain.ts";

const POSITION_BYTES = 8;
const HASH_BYTES = 6;

/** A place in the feed: behind which link of the chain. */
export interface Place {
  position: number;
  /** The link's hash in hex. */
  hash: string;
}

/** Before the first event. */
const START: Place = { position: 0, hash: CHAIN_START };

/** The position, and enough of the hash to tell this log from any other, such as one that an older backup became. */
export function toCursor({ position, hash }: Place): string {
  const bytes = Buffer.alloc(POSITION_BYTES + HASH_BYTES);
  bytes.writeBigUInt64BE(BigInt(position));
  bytes.write(hash.slice(0, HASH_BYTES * 2), POSITION_BYTES, "hex");
  return bytes.toString("base64url");
}

function readCursor(cursor: string): Place | null {
  const bytes = Buffer.from(cursor, "base64url");
  if (bytes.length !== POSITION_BYTES + HASH_BYTES || bytes.toString("base64url") !== cursor) {
    return null;
  }
  const position = Number(bytes.readBigUInt64BE());
  if (!Number.isSafeInteger(position)) return null;
  return { position, hash: bytes.subarray(POSITION_BYTES).toString("hex") };
}

const hashAt = statement(
  "feed_hash_at",
  sql`select hash from audit_seals where position = ${sql.placeholder("position")}::bigint`,
);

/** The end of the feed as it is. */
export async function endOfFeed(db: Database): Promise<Place> {
  const [head] = await db.query<HeadRow>(readHead);
  return head ? { position: Number(head.position), hash: toHex(head.hash) } : START;
}

/**
 * The place that a caller names: `start`, `now`, or a cursor.
 * @param pointer to the field that it came in
 * @throws DomainError `validation_failed`, and `cursor_unknown` for one that is not of this log
 */
export async function placeOf(db: Database, after: string, pointer: string): Promise<Place> {
  if (after === "start") return START;
  if (after === "now") return endOfFeed(db);
  const place = readCursor(after);
  if (!place) {
    throw invalidField(
      pointer,
      "invalid_cursor",
      "It must be the cursor of an event, `start` or `now`.",
    );
  }
  if (toCursor(place) === toCursor(START)) return START;
  const [row] = await db.query<{ hash: Uint8Array }>(hashAt, { position: place.position });
  const hash = row ? toHex(row.hash) : "";
  if (!hash.startsWith(place.hash)) {
    throw new DomainError(
      "cursor_unknown",
      "This log has no such place: it was perhaps restored from an older backup. Begin again with `start` or `now`.",
    );
  }
  return { position: place.position, hash };
}
