import { setTimeout as pause } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import { Job } from "../background.ts";
import type { Database } from "../db/database.ts";
import { statement } from "../db/statement.ts";
import { ENTRY_COLUMNS, type EntryRow, type HeadRow, readHead, toHex } from "./chain.ts";
import { sealRows } from "./seal.ts";

const p = sql.placeholder;
const INTERVAL_MS = 250;
const BATCH_SIZE = 1000;
const ANCHOR_INTERVAL_MS = 60_000;
// Any number, as long as every replica takes the same one.
export const SEALER_LOCK = 7_251_965;

const UNSEALED = sql`
  (a.xid, a.seq) > ((select xid from audit_head), (select seq from audit_head))`;
// A transaction that began before this one may still commit entries; none that has ended can.
const SETTLED = sql`a.xid < pg_snapshot_xmin(pg_current_snapshot())`;

const anyUnsealed = statement(
  "audit_any_unsealed",
  sql`select exists (select 1 from audit_logs a where ${UNSEALED} and ${SETTLED}) as "any"`,
);

const tryLock = statement(
  "audit_sealer_lock",
  sql`select pg_try_advisory_xact_lock(${p("lock")}::bigint) as "locked"`,
);

const nextBatch = statement(
  "audit_next_batch",
  sql`
    select ${ENTRY_COLUMNS} from audit_logs a left join requests r on r.id = a.service_request_id
    where (a.xid, a.seq) > (${p("xid")}::xid8, ${p("seq")}::bigint) and ${SETTLED}
    order by a.xid, a.seq limit ${p("limit")}::int`,
);

/**
 * Seals what is committed and not sealed yet, one batch of it: one sealer at a time, and no writer ever waits for it.
 * @returns how many entries it sealed; 0 when there are none, or when another process is at it
 */
export async function sealBatch(db: Database, now: Date): Promise<number> {
  const [unsealed] = await db.query<{ any: boolean }>(anyUnsealed);
  if (!unsealed?.any) return 0;
  return db.transaction(async (query) => {
    const [lock] = await query<{ locked: boolean }>(tryLock, { lock: SEALER_LOCK });
    if (!lock?.locked) return 0;
    const [head] = await query<HeadRow>(readHead);
    if (!head) throw new Error("audit_head has no row");
    const rows = await query<EntryRow>(nextBatch, {
      xid: head.xid,
      seq: head.seq,
      limit: BATCH_SIZE,
    });
    return sealRows(query, head, rows, now);
  });
}

const WAITS = 10;
const WAIT_MS = 10;

/**
 * Seals what is committed, for somebody who is about to read it. Where another process is at it, it waits for that one,
 * though not for long.
 */
export async function sealForReader(db: Database, now: Date): Promise<void> {
  for (let waits = 0; waits < WAITS; waits += 1) {
    const [unsealed] = await db.query<{ any: boolean }>(anyUnsealed);
    if (!unsealed?.any || (await sealBatch(db, now)) > 0) return;
    await pause(WAIT_MS);
  }
}

const status = statement(
  "audit_seal_status",
  sql`
    select (select position::text from audit_head) as "sealed", count(*)::int as "unsealed",
      coalesce(greatest(extract(epoch from now() - min(occurred_at)), 0), 0)::float8 as "lagSeconds"
    from (
      select a.occurred_at from audit_logs a where ${UNSEALED} order by a.xid, a.seq limit ${p("most")}::int
    ) as waiting`,
);

const MAX_COUNTED = 100_000;

/** How far the chain is behind the log. `unsealed` counts to 100,000; the oldest of them is `lagSeconds` old. */
export async function sealStatus(
  db: Database,
): Promise<{ sealed: number; unsealed: number; lagSeconds: number }> {
  const [row] = await db.query<{ sealed: string | null; unsealed: number; lagSeconds: number }>(
    status,
    { most: MAX_COUNTED },
  );
  return {
    sealed: Number(row?.sealed ?? 0),
    unsealed: row?.unsealed ?? 0,
    lagSeconds: row?.lagSeconds ?? 0,
  };
}

/** Seals the log in the background. Every replica has one; one of them works at a time. */
export function sealerJob({ db, log, clock }: { db: Database; log: Logger; clock(): Date }): Job {
  let anchoredAt = Number.NEGATIVE_INFINITY;

  /** From these lines, kept outside the database, an operator can tell whether the chain was rewritten or cut. */
  const logAnchor = async () => {
    const [head] = await db.query<HeadRow>(readHead);
    if (!head) return;
    log.info({ anchor: `${head.position}:${toHex(head.hash)}` }, "audit log sealed");
  };

  return new Job({
    log,
    name: "seal the audit log",
    everyMs: INTERVAL_MS,
    atStop: true,
    async work(stopping) {
      const sealed = await sealBatch(db, clock());
      const now = clock().getTime();
      if (sealed > 0 && (stopping || now - anchoredAt >= ANCHOR_INTERVAL_MS)) {
        anchoredAt = now;
        await logAnchor();
      }
      return sealed === BATCH_SIZE;
    },
  });
}
