import { randomUUID } from "node:crypto";
import { toPublicId } from "@serviceflow/domain";
import type { Database } from "@serviceflow/server";
import { runSql } from "./raw-sql.ts";

/** An entry that is committed before what it is about, as on a database of several machines. */
export interface Late {
  /** The public id of the request or comment. */
  id: string;
  /** Commits the request or comment. */
  appear(): Promise<void>;
}

interface Entry {
  action: string;
  subject: string;
  request: string;
  /** As an earlier build leaves it out. */
  number: number | null;
  secondsAgo: number;
}

/** Commits a copy of an entry of one request, with its values, about something else. */
async function logCopy(db: Database, of: string, entry: Entry): Promise<void> {
  const { action, subject, request, number, secondsAgo } = entry;
  await runSql(
    db,
    `with template as (
       select * from audit_logs where action = $1 and service_request_id = $2 order by seq limit 1
     ), copied as (
       insert into audit_logs (id, actor_id, action, subject_type, subject_id, service_request_id, request_number,
           changes, internal, request_id, occurred_at, client_address_commitment, user_agent_commitment)
         select $3, actor_id, action, subject_type, $4, $5, $6, changes, internal, request_id,
           occurred_at - make_interval(secs => $7), client_address_commitment,
           user_agent_commitment from template
     )
     insert into audit_private_values (entry_id, values)
       select $3, values from audit_private_values join template on entry_id = template.id`,
    [action, of, randomUUID(), subject, request, number, secondsAgo],
  );
}

async function copyRow(
  db: Database,
  table: "requests" | "comments",
  where: string,
  values: object,
): Promise<void> {
  await runSql(
    db,
    `insert into ${table} select (jsonb_populate_record(${table}, $1::jsonb)).* from ${table} where id = $2`,
    [JSON.stringify(values), where],
  );
}

interface LateOptions {
  /** Of a request that was filed and has a comment. */
  template: string;
  carriesNumber?: boolean;
  secondsAgo?: number;
}

/** Logs that a request was filed which appears later. */
export async function lateRequest(
  db: Database,
  { template, carriesNumber = true, secondsAgo = 0 }: LateOptions,
): Promise<Late & { uuid: string; number: number }> {
  const uuid = randomUUID();
  const [drawn] = await runSql<{ number: string }>(
    db,
    "select nextval('request_number')::text as number",
  );
  const number = Number(drawn?.number);
  const id = `SF-${number}`;
  const [moment] = await runSql<{ at: string }>(
    db,
    "select (created_at - make_interval(secs => $1))::text as at from requests where id = $2",
    [secondsAgo, template],
  );
  await logCopy(db, template, {
    action: "request.created",
    subject: id,
    request: uuid,
    number: carriesNumber ? number : null,
    secondsAgo,
  });
  const row = { id: uuid, number, created_at: moment?.at, updated_at: moment?.at };
  return { id, uuid, number, appear: () => copyRow(db, "requests", template, row) };
}

/** Logs a comment on the template's request that appears later. */
export async function lateComment(
  db: Database,
  { template, secondsAgo = 0 }: LateOptions,
): Promise<Late> {
  const uuid = randomUUID();
  const [found] = await runSql<{ number: number; comment: string; at: string }>(
    db,
    `select number, c.id as comment, (c.created_at - make_interval(secs => $2))::text as at
     from requests r join comments c on c.request_id = r.id where r.id = $1 order by c.id limit 1`,
    [template, secondsAgo],
  );
  if (!found) throw new Error("The template has no comment.");
  const id = toPublicId("comment", uuid);
  const entry = { action: "comment.created", subject: id, request: template, secondsAgo };
  await logCopy(db, template, { ...entry, number: found.number });
  const row = { id: uuid, created_at: found.at };
  return { id, appear: () => copyRow(db, "comments", found.comment, row) };
}
