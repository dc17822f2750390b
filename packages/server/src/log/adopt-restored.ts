import { getTableName } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Logger } from "pino";
import type { Database, Query } from "../db/database.ts";
import { isLockTimeout } from "../db/failure.ts";
import { auditHead, auditLogs, auditPrivateValues, auditSeals } from "../db/schema.ts";
import { schemaLock } from "../db/schema-lock.ts";
import { columns, literal, name, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { set } from "../db/write.ts";
import { DEFAULT_OFFSET, NEXT_XID, XID_OFFSET } from "./transactions.ts";

const LOCK_TIMEOUT = "5s";
// Arbitrary, but the same in every replica.
const ADOPTION_LOCK = 7_251_966;

/** The log was restored from another cluster, and the database's user does not own it and cannot adopt it. */
export class LogNotAdopted extends Error {
  override readonly name = "LogNotAdopted";
}

/** No cluster comes as far: only tampering does, which the verification reports. */
const IMPLAUSIBLE = literal("1000000000000000000");

const latest = alias(auditLogs, "latest");

const LATEST = sql`(
  select ${latest.xid} from (
    (
      select ${auditLogs.xid} from ${auditLogs} where ${auditLogs.xid} < ${IMPLAUSIBLE}
      order by ${auditLogs.xid} desc limit 1
    )
    union all select ${auditHead.xid} from ${auditHead} where ${auditHead.xid} < ${IMPLAUSIBLE}
  ) as ${latest} order by ${latest.xid} desc limit 1)`;

const IS_AHEAD = sql`coalesce(${LATEST} >= ${NEXT_XID}, false)`;

const NEEDED = {
  needed: value("boolean", sql`${IS_AHEAD} or ${DEFAULT_OFFSET} <> ${XID_OFFSET}`),
};

const isNeeded = statement(
  "audit_adoption_needed",
  sql`
    select ${columns({ ...NEEDED, ownsLog: value("boolean", sql`pg_has_role(tableowner, 'member')`) })}
    from pg_tables where schemaname = current_schema() and tablename = ${literal(getTableName(auditLogs))}`,
);

/** Every transaction that still runs, or begins later, is then ahead of all that the log names. */
const offset = statement(
  null,
  sql`
    select ${columns({
      ...NEEDED,
      offset: value(
        "text",
        sql`
          case when ${IS_AHEAD}
            then ${LATEST}::text::bigint - pg_snapshot_xmin(pg_current_snapshot())::text::bigint + 1
            else ${XID_OFFSET} end`,
      ),
    })}`,
);

const setOffset = statement(
  null,
  sql`update ${auditHead} set ${set(auditHead, { xidOffset: p("offset", "bigint") })}`,
);

const setDefault = (by: string) =>
  statement(
    null,
    sql`
      alter table ${auditLogs} alter column ${name(auditLogs.xid)}
      set default ((pg_current_xact_id()::text::bigint + ${literal(by)}::bigint)::text::xid8)`,
  );

const LOCKING = [
  sql`select set_config('lock_timeout', ${literal(LOCK_TIMEOUT)}, true)`,
  sql`select pg_advisory_xact_lock(${schemaLock(ADOPTION_LOCK)})`,
  // Waits for the writers, so that no entry comes after with a transaction of before.
  sql`lock table ${auditLogs} in access exclusive mode`,
].map((query) => statement(null, query));

const ANALYSIS = [auditLogs, auditSeals, auditPrivateValues, auditHead].map((table) =>
  statement(null, sql`analyze ${table}`),
);

/**
 * After a restore into another cluster the entries name transactions that this one has not reached. Sets the offset
 * that makes new entries count on from them. No entry is touched, so it takes as long for any log; other replicas wait.
 * @returns whether there was anything to adopt
 * @throws LogNotAdopted when the database's user does not own the log
 */
export async function adoptRestoredLog(db: Database, log: Logger): Promise<boolean> {
  for (;;) {
    const [found] = await db.query(isNeeded);
    if (!found?.needed) return false;
    if (!found.ownsLog) {
      throw new LogNotAdopted(
        "The audit log was restored from another cluster. Run `serviceflow migrate` once as the owner of its tables.",
      );
    }
    try {
      if (!(await db.transaction(adopt))) return false;
      // A dump brings no statistics, and a log without them is read as a whole.
      for (const step of ANALYSIS) await db.query(step);
      return true;
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      log.warn("waiting to adopt a restored audit log: another session holds a lock on it");
    }
  }
}

/** Whether the log was restored from another cluster and nobody has adopted it yet. */
export async function isLogToAdopt(db: Database): Promise<boolean> {
  const [found] = await db.query(isNeeded);
  return found?.needed ?? false;
}

/** @throws LogNotAdopted when the log was restored from another cluster and nobody has adopted it yet */
export async function requireAdoptedLog(db: Database): Promise<void> {
  if (await isLogToAdopt(db)) {
    throw new LogNotAdopted(
      "The audit log was restored from another cluster. Start a server, or run `serviceflow migrate`, as the owner of its tables.",
    );
  }
}

async function adopt(query: Query): Promise<boolean> {
  for (const step of LOCKING) await query(step);
  const [found] = await query(offset);
  if (!found?.needed) return false;
  await query(setDefault(found.offset));
  await query(setOffset, { offset: found.offset });
  return true;
}
