import type { RequestState } from "@serviceflow/domain";
import { uuidOf } from "../../db/ids.ts";
import { requestDeltas } from "../../db/schema.ts";
import { p, sql } from "../../db/sql.ts";
import { insertFrom } from "../../db/write.ts";

const CHANGED = {
  requestId: sql`changed.id`,
  createdAt: p("createdAt", requestDeltas.createdAt),
  status: p("status", requestDeltas.status),
  priority: p("priority", requestDeltas.priority),
  category: p("category", requestDeltas.category),
  assigneeId: p("assigneeId", requestDeltas.assigneeId),
  startedAt: p("startedAt", requestDeltas.startedAt),
  closedAt: p("closedAt", requestDeltas.closedAt),
};
const NOTHING = sql`null`;

/** A CTE that tells the statistics of a new request: one row, without an index. */
export const INSERT_COUNTED = sql`
  counted as (${insertFrom(
    requestDeltas,
    {
      ...CHANGED,
      wasStatus: NOTHING,
      wasPriority: NOTHING,
      wasCategory: NOTHING,
      wasAssigneeId: NOTHING,
      wasStartedAt: NOTHING,
      wasClosedAt: NOTHING,
    },
    sql`changed`,
  )})`;

/** The same of a change, unless it leaves all that is counted as it was. */
export const CHANGE_COUNTED = sql`
  counted as (${insertFrom(
    requestDeltas,
    {
      ...CHANGED,
      wasStatus: p("wasStatus", requestDeltas.wasStatus),
      wasPriority: p("wasPriority", requestDeltas.wasPriority),
      wasCategory: p("wasCategory", requestDeltas.wasCategory),
      wasAssigneeId: p("wasAssigneeId", requestDeltas.wasAssigneeId),
      wasStartedAt: p("wasStartedAt", requestDeltas.wasStartedAt),
      wasClosedAt: p("wasClosedAt", requestDeltas.wasClosedAt),
    },
    sql`changed where ${p("isCounted", "boolean")}`,
  )})`;

/** What a request was before a change, and whether the change is one that statistics see. */
export function changeCounted(before: RequestState, next: RequestState) {
  return {
    wasStatus: before.status,
    wasPriority: before.priority,
    wasCategory: before.category,
    wasAssigneeId: before.assignee && uuidOf("user", before.assignee.id),
    wasStartedAt: before.startedAt,
    wasClosedAt: before.closedAt,
    isCounted:
      before.status !== next.status ||
      before.priority !== next.priority ||
      before.category !== next.category ||
      before.assignee?.id !== next.assignee?.id ||
      before.startedAt !== next.startedAt ||
      before.closedAt !== next.closedAt,
  };
}
