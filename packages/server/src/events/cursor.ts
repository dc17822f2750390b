import { type Anchor, CHAIN_START, DomainError, invalidField } from "@serviceflow/domain";
import type { Reads } from "../db/database.ts";
import { auditSeals } from "../db/schema.ts";
import { columns, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { readHead, toHex } from "../log/chain-rows.ts";

const POSITION_BYTES = 8;
const HASH_BYTES = 6;

/** Before the first event. */
const START: Anchor = { position: 0, hash: CHAIN_START };

/** The position, and enough of the hash to recognize a log that was restored from an older backup. */
export function toCursor({ position, hash }: Anchor): string {
  const bytes = Buffer.alloc(POSITION_BYTES + HASH_BYTES);
  bytes.writeBigUInt64BE(BigInt(position));
  bytes.write(hash.slice(0, HASH_BYTES * 2), POSITION_BYTES, "hex");
  return bytes.toString("base64url");
}

function readCursor(cursor: string): Anchor | null {
  const bytes = Buffer.from(cursor, "base64url");
  if (bytes.length !== POSITION_BYTES + HASH_BYTES || bytes.toString("base64url") !== cursor) {
    return null;
  }
  const position = Number(bytes.readBigUInt64BE());
  if (!Number.isSafeInteger(position)) return null;
  return { position, hash: bytes.subarray(POSITION_BYTES).toString("hex") };
}

const isStandby = statement(
  "feed_is_standby",
  sql`select ${columns({ isStandby: value("boolean", sql`pg_is_in_recovery()`) })}`,
);

/** A position of another log: of a newer backup, or of a server whose standby has taken over without its last entries. */
export function cursorUnknown(): DomainError {
  return new DomainError(
    "cursor_unknown",
    "This log does not know the cursor: it was restored from an older backup, or a standby took over without the last entries. Load again what you keep of ServiceFlow, and start over with `start` or `now`.",
  );
}

/**
 * Refuses a position at which there is no entry. A standby may lag, and can come there yet.
 * @throws DomainError `cursor_unknown`, `unavailable`
 */
export async function refusePosition(db: Reads): Promise<never> {
  const [row] = await db.query(isStandby);
  if (!row?.isStandby) throw cursorUnknown();
  throw new DomainError(
    "unavailable",
    "The database is a standby that has not come as far as the cursor; try again shortly.",
  );
}

const hashAt = statement(
  "feed_hash_at",
  sql`
    select ${columns({ hash: auditSeals.hash })} from ${auditSeals}
    where ${auditSeals.position} = ${p("position", "bigint")}`,
);

/** The current end of the feed. */
export async function feedEnd(db: Reads): Promise<Anchor> {
  const [head] = await db.query(readHead);
  return head ? { position: Number(head.position), hash: toHex(head.hash) } : START;
}

/**
 * Where a cursor, `start` or `now` points to.
 * @param pointer to the field that holds it
 * @throws DomainError `validation_failed`, `unavailable`, and `cursor_unknown` for a cursor of another log
 */
export async function resolveCursor(db: Reads, after: string, pointer: string): Promise<Anchor> {
  if (after === "start") return START;
  if (after === "now") return feedEnd(db);
  const anchor = readCursor(after);
  if (!anchor) {
    throw invalidField(
      pointer,
      "invalid_cursor",
      "It must be the cursor of an event, `start` or `now`.",
    );
  }
  if (toCursor(anchor) === toCursor(START)) return START;
  const [row] = await db.query(hashAt, { position: anchor.position });
  if (!row) return refusePosition(db);
  const hash = toHex(row.hash);
  if (!hash.startsWith(anchor.hash)) throw cursorUnknown();
  return { position: anchor.position, hash };
}
