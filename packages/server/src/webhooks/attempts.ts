import { alias } from "drizzle-orm/pg-core";
import type { Database } from "../db/database.ts";
import { webhookAttempts, webhookDeliveries, webhooks } from "../db/schema.ts";
import { columns, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { insertFrom, set } from "../db/write.ts";
import { IS_OWNED } from "./columns.ts";
import type { DueDelivery } from "./due.ts";
import type { Sent } from "./send.ts";

const ATTEMPTS = p("attempts", "int");
const IS_ITS = sql`${webhooks.id} = ${p("webhook", "uuid")}`;
const FAILED = p("failed", "boolean?");
const attempted = alias(webhookDeliveries, "attempted");

// A delivery that a replay has replaced in the meantime stays replaced. After a failover its number can be another's.
const finish = statement(
  "webhook_finish",
  sql`
    with ${attempted} as (
      update ${webhookDeliveries} set ${set(webhookDeliveries, {
        status: p("status", webhookDeliveries.status),
        attempts: ATTEMPTS,
        responseStatus: p("responseStatus", webhookDeliveries.responseStatus),
        responseBody: p("responseBody", webhookDeliveries.responseBody),
        error: p("error", webhookDeliveries.error),
        durationMs: p("durationMs", webhookDeliveries.durationMs),
        lastAttemptAt: sql`now()`,
        nextAttemptAt: sql`now() + ${p("delayMs", "int?")} * interval '1 millisecond'`,
      })}
      where ${webhookDeliveries.seq} = ${p("seq", "bigint")} and ${webhookDeliveries.id} = ${p("deliveryId", "uuid")}
        and ${webhookDeliveries.status} = 'PENDING'
        and ${webhookDeliveries.attempts} = ${ATTEMPTS} - 1
      returning ${webhookDeliveries.seq}, ${webhookDeliveries.createdAt}
    ), noted as (
      ${insertFrom(
        webhookAttempts,
        {
          deliverySeq: attempted.seq,
          number: ATTEMPTS,
          endedAt: sql`now()`,
          durationMs: p("durationMs", webhookAttempts.durationMs),
          responseStatus: p("responseStatus", webhookAttempts.responseStatus),
          error: p("error", webhookAttempts.error),
        },
        sql`${attempted}`,
      )}
    ), failing as (
      update ${webhooks} set ${set(webhooks, { failingSince: sql`case when ${FAILED} then now() end` })}
      where ${IS_ITS} and (${webhooks.failingSince} is not null) <> ${FAILED}
    )
    select ${columns({
      isUnchanged: value(
        "boolean",
        sql`
          ${webhooks.version} = ${p("version", "int")} and ${webhooks.active} and ${IS_OWNED}
            and ${webhooks.lease} = ${p("lease", "uuid")} and ${webhooks.leasedUntil} > now()`,
      ),
      ageSeconds: value(
        "float8?",
        sql`(select extract(epoch from now() - ${attempted.createdAt}) from ${attempted})`,
      ),
    })}
    from ${webhooks} where ${IS_ITS}`,
);

interface Finished {
  /** Whether the next delivery may be sent as it was loaded: the webhook is the same, active, owned and leased. */
  isUnchanged: boolean;
  /** How long ago the delivery was queued; null: it has been replaced, and nothing was recorded. */
  ageSeconds: number | null;
}

/**
 * Records how an attempt ended. `delayMs` is until the next one; null: there is none. `failed` is whether the endpoint
 * failed; null: the attempt does not say.
 */
export async function finishAttempt(
  db: Database,
  delivery: DueDelivery,
  sent: Sent,
  result: {
    status: "PENDING" | "DELIVERED" | "FAILED";
    delayMs: number | null;
    failed: boolean | null;
  },
): Promise<Finished> {
  const { responseStatus, responseBody, error, durationMs } = sent;
  const [row] = await db.query(finish, {
    seq: delivery.seq,
    deliveryId: delivery.deliveryId,
    webhook: delivery.id,
    version: delivery.version,
    lease: delivery.lease,
    attempts: delivery.attempts + 1,
    ...{ responseStatus, responseBody, error, durationMs },
    ...result,
  });
  return { isUnchanged: row?.isUnchanged ?? false, ageSeconds: row?.ageSeconds ?? null };
}
