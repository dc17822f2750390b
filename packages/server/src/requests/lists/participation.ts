import { type Caller, type RequestFilters, toUuid } from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { requestParticipants, requests } from "../../db/schema.ts";
import { p, type Sql, sql } from "../../db/sql.ts";
import { activityOf } from "../visibility.ts";
import type { Dimension } from "./dimension.ts";

const part = alias(requestParticipants, "part");
const mine = sql`${part.userId} = ${p("reader", "uuid?")}`;

const PARTICIPANT = sql`${part.participatedAt} is not null`;
/** By which activity the caller sees, as the partial indexes say it. */
const UNREAD = {
  all: sql`(${part.unread} or ${part.unreadInternally})`,
  public: sql`${part.unread}`,
};

/** What the caller has to do with a request: a row for each of theirs says it. */
export function participationOf(input: RequestFilters, caller: Caller): Dimension[] {
  const { participant, unread } = input;
  const values = { reader: toUuid("user", caller.id) };
  const activity = activityOf(caller);
  const isUnread = UNREAD[activity];
  const dimensions: Dimension[] = [];
  if (unread === true) {
    const shape = `${activity}Unread`;
    dimensions.push({ name: "unread", shape, ...having(isUnread), values });
  }
  if (unread === false) {
    const holds = sql`not ${having(isUnread).holds}`;
    dimensions.push({ name: "read", shape: `${activity}Read`, holds, ranges: [], values });
  }
  if (participant !== undefined) {
    const shape = "participant";
    dimensions.push({ name: "participant", shape, ...having(PARTICIPANT), values });
  }
  return dimensions;
}

/** How many requests are unread, as a rule. */
const SOME = 20;

function having(row: Sql): Pick<Dimension, "ranges" | "ids" | "holds"> {
  const source = sql`(
    select ${part.requestId} from ${requestParticipants} ${part} where ${mine} and ${row}
    order by ${part.requestId} desc
  ) as in_part (value)`;
  return {
    ranges: [{ column: requests.id, value: sql`in_part.value`, source, count: SOME }],
    ids: {
      from: sql`${requestParticipants} ${part}`,
      id: part.requestId,
      holds: sql`${mine} and ${row}`,
    },
    holds: sql`exists (
      select from ${requestParticipants} ${part}
      where ${mine} and ${part.requestId} = ${requests.id} and ${row})`,
  };
}
