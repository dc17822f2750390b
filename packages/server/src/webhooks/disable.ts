import { type DisabledBecause, disableWebhook, type Webhook } from "@serviceflow/domain";
import type { Services } from "../context.ts";
import { uuidOf } from "../db/ids.ts";
import { webhooks } from "../db/schema.ts";
import { columns, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { set } from "../db/write.ts";
import { auditedBy, entriesValues, systemOrigin } from "../log/append.ts";

const disableRow = statement(
  "webhook_disable",
  sql`
    with changed as (
      update ${webhooks} set ${set(webhooks, {
        active: sql`false`,
        disabledBecause: p("because", webhooks.disabledBecause),
        version: sql`${webhooks.version} + 1`,
      })}
      where ${webhooks.id} = ${p("webhook", "uuid")} and ${webhooks.version} = ${p("version", "int")}
        and ${webhooks.active}
      returning ${webhooks.id}
    ), ${auditedBy(sql`changed`, 1)}
    select ${columns({ count: value("int", sql`count(*)`) })} from changed`,
);

/** Disables a webhook and records that the server did, unless it was changed since the attempt. */
export async function disable(
  { db, clock, random }: Pick<Services, "db" | "clock" | "random">,
  webhook: Webhook,
  because: DisabledBecause,
): Promise<void> {
  const now = clock().toISOString();
  const entry = disableWebhook(webhook, because);
  await db.query(disableRow, {
    webhook: uuidOf("webhook", webhook.id),
    version: webhook.version,
    because,
    ...entriesValues(systemOrigin(), [entry], null, now, random),
  });
}
