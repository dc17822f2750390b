import type { Database } from "../db/database.ts";
import { webhookDeliveries, webhooks } from "../db/schema.ts";
import { p, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { set } from "../db/write.ts";
import type { DueDelivery } from "./due.ts";
import type { Sent } from "./send.ts";

const ATTEMPTS = p("attempts", "int");
const FAILED = p("failed", "boolean?");

// A delivery that a replay has replaced in the meantime stays replaced. After a failover its number can be another's.
const finish = statement(
  "webhook_finish",
  sql`
    with attempted as (
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
    )
    update ${webhooks} set ${set(webhooks, { failingSince: sql`case when ${FAILED} then now() end` })}
    where ${webhooks.id} = ${p("webhook", "uuid")}
      and (${webhooks.failingSince} is not null) <> ${FAILED}`,
);

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
): Promise<void> {
  const { responseStatus, responseBody, error, durationMs } = sent;
  await db.query(finish, {
    seq: delivery.seq,
    deliveryId: delivery.deliveryId,
    webhook: delivery.id,
    attempts: delivery.attempts + 1,
    ...{ responseStatus, responseBody, error, durationMs },
    ...result,
  });
}
