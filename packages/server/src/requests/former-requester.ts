import { toPublicId } from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { auditLogs, comments, requestParticipants, requests } from "../db/schema.ts";
import { list, p, sql } from "../db/sql.ts";
import { noticed, recent } from "./participants.ts";

const corrected = alias(requests, "changed");
// Not the corrected row's: Citus takes no subquery that depends on another.
const ID = p("id", requests.id);
const former = p("formerRequester", requestParticipants.userId);

/** The requester before a correction, who takes part no longer: they have not filed it, held it or commented on it. */
const OUTSIDER = sql`
  outsider as (
    select ${former} as person from ${corrected}
    where ${former} not in (${list([corrected.requesterId, corrected.submitterId])})
      and ${corrected.assigneeId} is distinct from ${former}
      and not exists (
        select from ${comments} where ${comments.requestId} = ${ID} and ${comments.authorId} = ${former})
      and not exists (
        select from ${auditLogs} where ${auditLogs.serviceRequestId} = ${ID}
          and ${auditLogs.changes} -> 'assigneeId' ->> 'to' = ${p("formerRequesterId", "text")})
  )`;

/** CTEs that tell the participants of a correction, and remove the requester before it from them. */
export const CORRECTED = sql`
  ${OUTSIDER},
  ${noticed("changed", {
    at: p("updatedAt", requests.updatedAt),
    internal: sql`false`,
    hasLeft: sql`exists (select from outsider where person = ${recent.userId})`,
  })},
  gone as (
    delete from ${requestParticipants} using ${corrected}, outsider
    where ${requestParticipants.requestId} = ${corrected.id} and ${requestParticipants.userId} = outsider.person
  )`;

export function formerRequester(uuid: string) {
  return { formerRequester: uuid, formerRequesterId: toPublicId("user", uuid) };
}
