import { EVENT_TYPES } from "@serviceflow/domain";
import type { Database } from "../db/database.ts";
import { webhookDeliveries, webhooks } from "../db/schema.ts";
import { columns, p, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { set } from "../db/write.ts";
import { IS_OWNED } from "./columns.ts";
import { DUE } from "./due.ts";

const LEASED_UNTIL = sql`now() + ${p("leaseMs", "int")} * interval '1 millisecond'`;
const LEASE = p("lease", "uuid");

const lease = statement(
  "webhook_lease",
  sql`
    with due as (
      select ${webhooks.id} from ${webhooks}
      where ${webhooks.active} and ${IS_OWNED}
        and (${webhooks.leasedUntil} is null or ${webhooks.leasedUntil} < now())
        and exists (
          select 1 from ${webhookDeliveries}
          where ${webhookDeliveries.webhookId} = ${webhooks.id} and ${DUE}
        )
      for update of ${webhooks} skip locked
    )
    update ${webhooks} set ${set(webhooks, { lease: LEASE, leasedUntil: LEASED_UNTIL })}
    from due where ${webhooks.id} = due.id returning ${columns({ id: webhooks.id })}`,
);

/** Leases the webhooks that have something due and no lease holder: one process sends to each, in order. */
export async function leaseDue(db: Database, holder: string, leaseMs: number): Promise<string[]> {
  const rows = await db.query(lease, {
    lease: holder,
    leaseMs,
    types: EVENT_TYPES,
  });
  return rows.map(({ id }) => id);
}

const renew = statement(
  "webhook_lease_renew",
  sql`
    with held as (
      select ${webhooks.id}
      from ${webhooks} join unnest(${p("ids", "uuid[]")}, ${p("leases", "uuid[]")}) as lane (id, lease)
        on lane.id = ${webhooks.id} and lane.lease = ${webhooks.lease}
      for no key update of ${webhooks} skip locked
    )
    update ${webhooks} set ${set(webhooks, { leasedUntil: LEASED_UNTIL })}
    from held where ${webhooks.id} = held.id`,
);

/**
 * A webhook that another statement has locked waits for the next time, and delays none of the others.
 * @param holders of the lease of each webhook
 */
export async function renewLeases(
  db: Database,
  ids: readonly string[],
  holders: readonly string[],
  leaseMs: number,
): Promise<void> {
  await db.query(renew, { ids, leases: holders, leaseMs });
}

const release = statement(
  "webhook_lease_end",
  sql`
    update ${webhooks} set ${set(webhooks, { lease: sql`null`, leasedUntil: sql`null` })}
    where ${webhooks.id} = ${p("webhook", "uuid")} and ${webhooks.lease} = ${LEASE}`,
);

export async function endLease(db: Database, holder: string, webhookUuid: string): Promise<void> {
  await db.query(release, { webhook: webhookUuid, lease: holder });
}
