import type { SealState } from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import type { Database } from "../db/database.ts";
import { auditHead, auditLogs, auditSeals } from "../db/schema.ts";
import { columns, maybe, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { HEAD, toChainHead, toHex } from "./chain-rows.ts";
import { UNSEALED } from "./sealer.ts";

/** A backlog is no longer counted exactly from here on. */
const MAX_COUNTED = 1_000;

const waiting = alias(auditLogs, "waiting");
const anchored = alias(auditSeals, "anchored");

const STATE = {
  ...HEAD,
  unsealed: value("int", sql`backlog.count`),
  unsealedSince: value("timestamptz?", sql`backlog.since`),
  anchoredPosition: auditHead.anchoredPosition,
  anchoredAt: auditHead.anchoredAt,
  anchoredHash: maybe(anchored.hash),
};

const state = statement(
  "audit_seal_state",
  sql`
    select ${columns(STATE)}
    from ${auditHead}
    left join ${auditSeals} on ${auditSeals.position} = ${auditHead.position}
    left join ${auditSeals} ${anchored} on ${anchored.position} = ${auditHead.anchoredPosition}
    cross join (
      select count(*) as count, min(${waiting.occurredAt}) as since from (
        select ${auditLogs.occurredAt} from ${auditLogs} where ${UNSEALED}
        order by ${auditLogs.xid}, ${auditLogs.seq} limit ${p("max", "int")}
      ) as ${waiting}
    ) as backlog`,
);

/** How far the log is sealed, at a cost that does not grow with the log. */
export async function readSealState(db: Database): Promise<SealState> {
  const [row] = await db.query(state, { max: MAX_COUNTED });
  if (!row) throw new Error("audit_head has no row");
  const { unsealed, unsealedSince, anchoredPosition, anchoredAt, anchoredHash } = row;
  return {
    head: toChainHead(row),
    unsealed,
    unsealedSince,
    lastAnchor:
      anchoredPosition === null || anchoredAt === null || anchoredHash === null
        ? null
        : { position: Number(anchoredPosition), hash: toHex(anchoredHash), anchoredAt },
  };
}
