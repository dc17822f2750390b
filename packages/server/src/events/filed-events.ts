import { toPublicId, toRequestId } from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import type { Reads } from "../db/database.ts";
import {
  auditLogs,
  auditSeals,
  requestEvents,
  requestParticipants,
  requests,
} from "../db/schema.ts";
import { columns, json, p, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import type { FiledEvent } from "./store.ts";

const part = alias(requestParticipants, "part");

const FILED = {
  position: requestEvents.position,
  number: requests.number,
  category: requestEvents.category,
  assigneeId: requestEvents.assigneeId,
  participants: json<string[]>(sql`
    array(
      select ${part.userId} from ${requestParticipants} ${part}
      where ${part.requestId} = ${requestEvents.requestId} and ${part.participatedAt} is not null
    )`),
};

const byPosition = statement(
  "feed_filed_events",
  sql`
    select ${columns(FILED)} from ${auditSeals}
    join ${auditLogs} on ${auditLogs.seq} = ${auditSeals.entrySeq}
    join ${requestEvents} on ${requestEvents.requestId} = ${auditLogs.serviceRequestId}
      and ${requestEvents.internal} = ${auditLogs.internal} and ${requestEvents.position} = ${auditSeals.position}
    join ${requests} on ${requests.id} = ${requestEvents.requestId}
    where ${auditSeals.position} = any(${p("positions", "bigint[]")})`,
);

/** What filters decide by about these events, by position. Those that belong to no request are left out. */
export async function filedEvents(
  db: Reads,
  positions: readonly number[],
): Promise<Map<number, FiledEvent>> {
  const rows = await db.query(byPosition, { positions });
  const toUser = (uuid: string) => toPublicId("user", uuid);
  return new Map(
    rows.map(({ position, number, category, assigneeId, participants }) => [
      Number(position),
      {
        requestId: toRequestId(number),
        category,
        assigneeId: assigneeId && toUser(assigneeId),
        participants: new Set(participants.map(toUser)),
      },
    ]),
  );
}
