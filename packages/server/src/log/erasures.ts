import type { AuditAction, MissingValue } from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import type { Reads } from "../db/database.ts";
import { auditLogs } from "../db/schema.ts";
import { columns, literal, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import type { HeadRow } from "./chain-rows.ts";

const action = (name: AuditAction) => literal(name);

const erasure = alias(auditLogs, "erasure");
const issue = alias(auditLogs, "issue");

// No `exists`, which PostgreSQL could join by reading the whole log.
const erased = statement(
  "audit_erased_persons",
  sql`
    select ${columns({ id: value("text", sql`person.id`) })}
    from unnest(${p("ids", "text[]")}) as person (id)
    where (
      select 1 from ${auditLogs} ${erasure}
      where ${erasure.action} = ${action("user.erased")} and ${erasure.subjectId} = coalesce(
        (
          select ${issue.changes} #>> '{userId,to}' from ${auditLogs} ${issue}
          where ${issue.subjectId} = person.id and ${issue.action} = ${action("api_key.issued")}
          order by ${issue.seq} limit 1
        ),
        person.id)
      limit 1) is not null`,
);

/**
 * Those missing values that no erasure explains. An erasure counts from its commit: values go before its entry is
 * sealed.
 */
export async function withoutErasure(
  db: Reads,
  missing: readonly MissingValue[],
): Promise<MissingValue[]> {
  if (missing.length === 0) return [];
  const ids = [...new Set(missing.flatMap(({ person }) => person ?? []))];
  const rows = await db.query(erased, { ids });
  const explained = new Set(rows.map(({ id }) => id));
  return missing.filter(({ person }) => person === null || !explained.has(person));
}

const erasedSince = statement(
  "audit_erased_since",
  sql`
    select ${columns({ id: auditLogs.subjectId })} from ${auditLogs}
    where (${auditLogs.xid}, ${auditLogs.seq}) > (${p("xid", "xid8")}, ${p("seq", "bigint")})
      and ${auditLogs.action} = ${action("user.erased")}`,
);

/** Ids of the users whose erasure was recorded after this head. */
export async function erasuresSince(db: Reads, { xid, seq }: HeadRow): Promise<string[]> {
  const rows = await db.query(erasedSince, { xid, seq });
  return rows.map(({ id }) => id);
}
