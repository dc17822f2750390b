import {
  type DisabledBecause,
  disableWebhook,
  OWNER_FAULTS,
  type Webhook,
} from "@serviceflow/domain";
import type { Services } from "../context.ts";
import { uuidOf } from "../db/ids.ts";
import { webhooks } from "../db/schema.ts";
import { columns, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { set } from "../db/write.ts";
import { auditedBy, entriesValues, systemOrigin } from "../log/append.ts";
import { IS_OWNED } from "./columns.ts";

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
        and ${webhooks.active} and (not ${p("unowned", "boolean")} or not ${IS_OWNED})
      returning ${webhooks.id}
    ), ${auditedBy(sql`changed`, 1)}
    select ${columns({ count: value("int", sql`count(*)`) })} from changed`,
);

const ownerFaults: readonly DisabledBecause[] = OWNER_FAULTS;

/** Disables a webhook and records that the server did, unless it has changed since it was loaded. */
export async function disable(
  { db, log, clock, random }: Pick<Services, "db" | "log" | "clock" | "random">,
  webhook: Pick<Webhook, "id" | "version">,
  because: DisabledBecause,
): Promise<void> {
  const now = clock().toISOString();
  const entry = disableWebhook(webhook.id, because);
  const [row] = await db.query(disableRow, {
    webhook: uuidOf("webhook", webhook.id),
    version: webhook.version,
    because,
    unowned: ownerFaults.includes(because),
    ...entriesValues(systemOrigin(), [entry], null, now, random),
  });
  if (row?.count) log.warn({ webhook: webhook.id, because }, "webhook disabled");
}
