import { toPublicId } from "@serviceflow/domain";
import type { Database } from "../db/database.ts";
import { auditLogs, webhooks } from "../db/schema.ts";
import { columns, p, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { set } from "../db/write.ts";

const ACTOR = { ownerId: auditLogs.actorId, createdById: auditLogs.actorId };

const record = statement(
  "webhook_owners_from_log",
  sql`
    update ${webhooks} set ${set(webhooks, ACTOR)}
    from unnest(${p("ids", "uuid[]")}, ${p("subjects", "text[]")}) as unowned (id, subject)
    join ${auditLogs} on ${auditLogs.subjectId} = unowned.subject
      and ${auditLogs.action} = 'webhook.created' and ${auditLogs.actorId} is not null
    where ${webhooks.id} = unowned.id and ${webhooks.ownerId} is null
    returning ${columns({ id: webhooks.id })}`,
);

/**
 * Makes owners of the creators in the log, where an older build has created a webhook without an owner.
 * @returns whether it found any
 */
export async function recordOwners(db: Database, ids: readonly string[]): Promise<boolean> {
  const subjects = ids.map((id) => toPublicId("webhook", id));
  return (await db.query(record, { ids, subjects })).length > 0;
}
