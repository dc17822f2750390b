import { setTimeout as pause } from "node:timers/promises";
import { alias } from "drizzle-orm/pg-core";
import type { Logger } from "pino";
import { Job } from "../background.ts";
import type { Database } from "../db/database.ts";
import { auditHead, auditLogs } from "../db/schema.ts";
import { schemaLock } from "../db/schema-lock.ts";
import { columns, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import type { AnchorTarget } from "./anchor-targets.ts";
import { Anchorer } from "./anchors.ts";
import { sealRows } from "./append-seals.ts";
import { ENTRY, readHead } from "./chain-rows.ts";
import { subjectWaitOf } from "./subject-wait.ts";
import { subjectsOf } from "./subjects.ts";
import { SETTLED } from "./transactions.ts";

const INTERVAL_MS = 250;
const BATCH_SIZE = 1000;
// Arbitrary, but the same in every replica.
const SEALER_LOCK = 7_251_965;

/** Entries after the end of the chain. */
export const UNSEALED = sql`
  (${auditLogs.xid}, ${auditLogs.seq})
    > ((select ${auditHead.xid} from ${auditHead}), (select ${auditHead.seq} from ${auditHead}))`;

// Ordered, or PostgreSQL reads the whole log for it as long as the table has no statistics.
const anyUnsealed = statement(
  "audit_any_unsealed",
  sql`select ${columns({
    any: value(
      "boolean",
      sql`
        coalesce((
          select true from ${auditLogs} where ${UNSEALED} and ${SETTLED}
          order by ${auditLogs.xid}, ${auditLogs.seq} limit 1
        ), false)`,
    ),
  })}`,
);

const tryLock = statement(
  "audit_sealer_lock",
  sql`select ${columns({
    locked: value("boolean", sql`pg_try_advisory_xact_lock(${schemaLock(SEALER_LOCK)})`),
  })}`,
);

const nextBatch = statement(
  "audit_next_batch",
  sql`
    select ${columns(ENTRY)} from ${auditLogs}
    where (${auditLogs.xid}, ${auditLogs.seq}) > (${p("xid", "xid8")}, ${p("seq", "bigint")}) and ${SETTLED}
    order by ${auditLogs.xid}, ${auditLogs.seq} limit ${p("limit", "int")}`,
);

/**
 * Seals one batch of committed entries. One sealer works at a time, and no writer waits for it. It stops before an entry
 * whose request or comment cannot be seen yet, and waits for that a bounded time.
 * @returns how many entries it sealed; 0 when there are none, or when another process is sealing
 */
export async function sealBatch(db: Database, now: Date): Promise<number> {
  const wait = subjectWaitOf(db);
  if (!wait.isDue(now)) return 0;
  const [unsealed] = await db.query(anyUnsealed);
  if (!unsealed?.any) return 0;
  return db.transaction(async (query) => {
    const [lock] = await query(tryLock);
    if (!lock?.locked) return 0;
    const [head] = await query(readHead);
    if (!head) throw new Error("audit_head has no row");
    const rows = await query(nextBatch, {
      xid: head.xid,
      seq: head.seq,
      limit: BATCH_SIZE,
    });
    const subjects = await subjectsOf(query, rows);
    const ready = wait.ready(rows, subjects, now);
    return sealRows(query, head, { rows: ready, numbers: subjects.numbers }, now);
  });
}

const WAITS = 10;
const WAIT_MS = 10;

/**
 * Seals what is committed before a reader reads it. It waits a short while for another process that is sealing.
 */
export async function sealForReader(db: Database, now: Date): Promise<void> {
  for (let waits = 0; waits < WAITS; waits += 1) {
    const [unsealed] = await db.query(anyUnsealed);
    if (!unsealed?.any || (await sealBatch(db, now)) > 0) return;
    if (subjectWaitOf(db).isLong) return;
    await pause(WAIT_MS);
  }
}

const waiting = alias(auditLogs, "waiting");

const STATUS = {
  sealed: value("text?", sql`select ${auditHead.position} from ${auditHead}`),
  unsealed: value("int", sql`count(*)`),
  lagSeconds: value(
    "float8",
    sql`coalesce(greatest(extract(epoch from now() - min(${waiting.occurredAt})), 0), 0)`,
  ),
};

const status = statement(
  "audit_seal_status",
  sql`
    select ${columns(STATUS)} from (
      select ${auditLogs.occurredAt} from ${auditLogs} where ${UNSEALED}
      order by ${auditLogs.xid}, ${auditLogs.seq} limit ${p("max", "int")}
    ) as ${waiting}`,
);

const MAX_COUNTED = 100_000;

/** How far the chain lags. `unsealed` counts to 100,000; the oldest of them is `lagSeconds` old. */
export async function sealStatus(
  db: Database,
): Promise<{ sealed: number; unsealed: number; lagSeconds: number }> {
  const [row] = await db.query(status, { max: MAX_COUNTED });
  return {
    sealed: Number(row?.sealed ?? 0),
    unsealed: row?.unsealed ?? 0,
    lagSeconds: row?.lagSeconds ?? 0,
  };
}

export interface SealerOptions {
  db: Database;
  log: Logger;
  clock(): Date;
  /** Where anchors go besides the log lines. */
  anchorTargets?: readonly AnchorTarget[];
}

/** Seals the log in the background, and anchors it. Every replica has one; one of them seals at a time. */
export function sealerJob({ db, log, clock, anchorTargets = [] }: SealerOptions): Job {
  const anchorer = new Anchorer(db, log, anchorTargets, clock().getTime());
  return new Job({
    log,
    name: "seal the audit log",
    everyMs: INTERVAL_MS,
    atStop: true,
    async work(stop) {
      const sealed = await sealBatch(db, clock());
      subjectWaitOf(db).report(log);
      const hasMore = sealed === BATCH_SIZE;
      if (stop.aborted) await anchorer.anchorNow(clock());
      else await anchorer.anchor(clock(), { sealed: sealed > 0, hasMore });
      return hasMore;
    },
  });
}
