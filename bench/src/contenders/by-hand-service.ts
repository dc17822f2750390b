/**
 * Fastify and `pg` on the tables of ServiceFlow, with the same SQL written by hand, each step in as few prepared
 * statements as possible. It looks up the key, and has no validation, policy, idempotency or logs.
 */
import { createHash, randomUUID } from "node:crypto";
import fastify from "fastify";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const app = fastify();

async function one(name: string, text: string, values: unknown[]) {
  return (await pool.query({ name, text, values })).rows;
}

async function authenticate(
  key: unknown,
): Promise<{ id: string; full_name: string; key_id: string }> {
  const hash = createHash("sha256").update(String(key)).digest();
  const [user] = await one(
    "auth",
    `select u.id, u.full_name, u.role, k.id as key_id, k.scopes from api_keys k join users u on u.id = k.user_id
     where k.hash = $1 and u.active and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())`,
    [hash],
  );
  if (!user) throw new Error("401");
  return user;
}

const COLUMNS = `r.number, r.title, r.description, r.status, r.priority, r.category, r.version, r.created_at, r.updated_at,
  r.started_at, r.closed_at, r.requester_id, rq.full_name as requester_name, r.submitter_id,
  sb.full_name as submitter_name, r.assignee_id, a.full_name as assignee_name`;
const JOINS = `join users rq on rq.id = r.requester_id join users sb on sb.id = r.submitter_id
  left join users a on a.id = r.assignee_id`;

app.get("/requests/:id", async (request) => {
  await authenticate(request.headers["x-api-key"]);
  const { id } = request.params as { id: string };
  const [row] = await one("get", `select ${COLUMNS} from requests r ${JOINS} where r.number = $1`, [
    id.slice(3),
  ]);
  return row;
});

app.get("/requests", async (request) => {
  await authenticate(request.headers["x-api-key"]);
  const { status, limit } = request.query as { status: string; limit: string };
  const items = await one(
    "list",
    `select ${COLUMNS.replace("r.description, ", "")} from requests r ${JOINS}
     where r.status = $1 order by r.id desc limit $2`,
    [status, limit],
  );
  return { items };
});

const HISTORY = `insert into audit_logs (id, actor_id, api_key_id, action, subject_type, subject_id, service_request_id,
  changes, internal, request_id, occurred_at)`;

app.post("/requests", async (request, reply) => {
  const user = await authenticate(request.headers["x-api-key"]);
  const { title, description } = request.body as { title: string; description: string };
  const [row] = await one(
    "create",
    `with created as (
       insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
         version, created_at, updated_at)
       values ($1, nextval('request_number'), $2, $3, 'NEW', 'NORMAL', 'general', $4, $4, 1, now(), now())
       returning *
     ), logged as (
       ${HISTORY} select $5, $4, $6, 'request.created', 'request', 'SF-' || number, id,
         jsonb_build_object('title', $2::text, 'description', $3::text), false, $7, now() from created
     ), beside as (
       insert into audit_private_values select $5, jsonb_build_object('title', $2::text, 'description', $3::text) from created
     ) select * from created`,
    [uuid(), title, description, user.id, uuid(), user.key_id, randomUUID()],
  );
  return reply.code(201).send({ ...row, search: undefined, requester_name: user.full_name });
});

app.patch("/requests/:id/status", async (request) => {
  const user = await authenticate(request.headers["x-api-key"]);
  const { id } = request.params as { id: string };
  const { status } = request.body as { status: string };
  const [row] = await one(
    "status",
    `with changed as (
       update requests set status = $2, assignee_id = coalesce(assignee_id, $3), started_at = now(), updated_at = now(),
         version = version + 1
       where number = $1 and status = 'NEW' returning *
     ), logged as (
       ${HISTORY} select $4, $3, $5, 'request.transitioned', 'request', 'SF-' || number, id,
         jsonb_build_object('status', jsonb_build_object('from', 'NEW', 'to', $2::text)), false, $6, now() from changed
     ), beside as (
       insert into audit_private_values select $4, '{}' from changed
     )
     select ${COLUMNS} from changed r ${JOINS}`,
    [id.slice(3), status, user.id, uuid(), user.key_id, randomUUID()],
  );
  return row;
});

/** Ordered by time, as ServiceFlow's keys are. */
function uuid(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  const rest = randomUUID().slice(15);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest}`;
}

await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
