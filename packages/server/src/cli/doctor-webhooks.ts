import { type DisabledBecause, ownerFault, toPublicId } from "@serviceflow/domain";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import { webhooks } from "../db/schema.ts";
import { columns, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { OWNER_STATE, toOwnerState, WEBHOOK_PEOPLE } from "../webhooks/columns.ts";
import { isCopy } from "../webhooks/home.ts";
import type { Check } from "./check.ts";

const STATE = {
  id: webhooks.id,
  disabledBecause: webhooks.disabledBecause,
  ...OWNER_STATE,
};

const states = statement(
  null,
  sql`select ${columns(STATE)} from ${webhooks} ${WEBHOOK_PEOPLE} order by ${webhooks.id}`,
);

/** The webhooks that the server has disabled, or that have no working owner: each with its reasons. */
export async function findStoppedWebhooks(db: Database): Promise<string[]> {
  const rows = await db.query(states);
  return rows.flatMap((row) => {
    const fault = ownerFault(toOwnerState(row));
    const reasons = new Set([row.disabledBecause, fault].filter(isReason));
    return reasons.size === 0
      ? []
      : `${toPublicId("webhook", row.id)} (${[...reasons].join(", ")})`;
  });
}

function isReason(reason: DisabledBecause | null): reason is DisabledBecause {
  return reason !== null;
}

/** Why nothing is sent to any webhook, if so. */
export async function checkSending(
  db: Database,
  { webhookSending }: Pick<Config, "webhookSending">,
): Promise<Check[]> {
  const held = (finding: string, advice: string): Check[] => [
    { name: "sending", status: "warn", finding, advice },
  ];
  if (!webhookSending) {
    return held("nothing is sent to webhooks: WEBHOOK_SENDING is false", "Right for a copy only.");
  }
  if (!(await isCopy(db))) return [];
  return held(
    "nothing is sent to webhooks: this database is a copy of another one",
    "Once the other one is not used any more, run `serviceflow webhooks resume`.",
  );
}
