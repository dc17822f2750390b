import { toPublicId } from "@serviceflow/domain";
import type { Reads } from "../db/database.ts";
import { auditLogs, auditSeals, requestEvents, requestParticipants } from "../db/schema.ts";
import { columns, json, p, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import type { FiledEvent, LoadedEvent } from "./store.ts";

const FILED = {
  position: requestEvents.position,
  requestId: requestEvents.requestId,
  category: requestEvents.category,
  assigneeId: requestEvents.assigneeId,
};

const byPosition = statement(
  "feed_filed_events",
  sql`
    select ${columns(FILED)} from ${auditSeals}
    join ${auditLogs} on ${auditLogs.seq} = ${auditSeals.entrySeq}
    join ${requestEvents} on ${requestEvents.requestId} = ${auditLogs.serviceRequestId}
      and ${requestEvents.internal} = ${auditLogs.internal} and ${requestEvents.position} = ${auditSeals.position}
    where ${auditSeals.position} = any(${p("positions", "bigint[]")})`,
);

const PARTICIPANTS = {
  requestId: requestParticipants.requestId,
  users: json<string[]>(sql`array_agg(${requestParticipants.userId})`),
};

const participants = statement(
  "feed_participants",
  sql`
    select ${columns(PARTICIPANTS)} from ${requestParticipants}
    where ${requestParticipants.requestId} = any(${p("ids", "uuid[]")})
      and ${requestParticipants.participatedAt} is not null
    group by ${requestParticipants.requestId}`,
);

/** What filters decide by about these events, by position. Those that belong to no request are left out. */
export async function filedEvents(
  db: Reads,
  events: readonly Pick<LoadedEvent, "position" | "request">[],
): Promise<Map<number, FiledEvent>> {
  const ofRequests = new Map(
    events.flatMap(({ position, request }) => (request ? [[position, request.id]] : [])),
  );
  if (ofRequests.size === 0) return new Map();
  const rows = await db.query(byPosition, { positions: [...ofRequests.keys()] });
  const ids = [...new Set(rows.map(({ requestId }) => requestId))];
  const people = ids.length === 0 ? [] : await db.query(participants, { ids });
  const byRequest = new Map(people.map(({ requestId, users }) => [requestId, users]));
  const toUser = (uuid: string) => toPublicId("user", uuid);
  return new Map(
    rows.map(({ position, requestId, category, assigneeId }) => [
      Number(position),
      {
        requestId: ofRequests.get(Number(position)) ?? "",
        category,
        assigneeId: assigneeId && toUser(assigneeId),
        participants: new Set((byRequest.get(requestId) ?? []).map(toUser)),
      },
    ]),
  );
}
