import { type EventFacts, toPublicId, toRequestId } from "@serviceflow/domain";
import type { Reads } from "../db/database.ts";
import { requests } from "../db/schema.ts";
import { columns, p, type Row, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";

/** The sealer has waited for a request already: what only now cannot be seen was removed, or is late on a replica. */
const PATIENCE_MS = 60_000;

const FOUND = {
  uuid: requests.id,
  number: requests.number,
  status: requests.status,
  category: requests.category,
  requesterId: requests.requesterId,
  submitterId: requests.submitterId,
  assigneeId: requests.assigneeId,
};

const byIds = statement(
  "feed_requests",
  sql`select ${columns(FOUND)} from ${requests} where ${requests.id} = any(${p("ids", "uuid[]")})`,
);

/** A request as it is now: what decides who may read its events, and where it belongs. */
export type FoundRequest = NonNullable<EventFacts["request"]> & { id: string; category: string };

/** By UUID. */
export type FoundRequests = ReadonlyMap<string, FoundRequest>;

interface OfRequest {
  serviceRequestId: string | null;
}

/** The requests of entries, after the log has been read by itself. One that cannot be seen is left out. */
export async function foundRequests(db: Reads, rows: readonly OfRequest[]): Promise<FoundRequests> {
  const ids = [...new Set(rows.flatMap(({ serviceRequestId }) => serviceRequestId ?? []))];
  if (ids.length === 0) return new Map();
  const found = await db.query(byIds, { ids });
  return new Map(found.map((row) => [row.uuid, toFound(row)]));
}

function toFound(row: Row<typeof FOUND>): FoundRequest {
  const { number, status, category, requesterId, submitterId, assigneeId } = row;
  const user = (uuid: string) => ({ id: toPublicId("user", uuid) });
  return {
    id: toRequestId(number),
    status,
    category,
    requester: user(requesterId),
    submitter: user(submitterId),
    assignee: assigneeId === null ? null : user(assigneeId),
  };
}

/** Whether an entry's request cannot be seen and may yet come. */
export function isLate(
  { serviceRequestId, sealedAt }: OfRequest & { sealedAt: string },
  found: FoundRequests,
  now: Date,
): boolean {
  if (serviceRequestId === null || found.has(serviceRequestId)) return false;
  return now.getTime() - Date.parse(sealedAt) < PATIENCE_MS;
}
