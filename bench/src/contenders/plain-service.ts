/**
 * The baseline: Fastify and `pg` on two plain tables, requests and history. It looks up the key on every call, reads,
 * lists, inserts and changes a status with a row of history, in prepared statements; and nothing else.
 */
import { createHash } from "node:crypto";
import fastify, { type FastifyRequest } from "fastify";
import pg from "pg";
import { PLAIN, type PlainStatement } from "./plain-statements.ts";

interface Caller {
  id: number;
  full_name: string;
  role: string;
}

interface RequestRow {
  id: string;
  title: string;
  description?: string;
  status: string;
  priority: string;
  category: string;
  created_at: Date;
  updated_at: Date;
  requester_id: number;
  requester_name: string;
  assignee_id: number | null;
  assignee_name: string | null;
}

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const app = fastify();

async function query<T>({ name, text }: PlainStatement, values: unknown[]): Promise<T[]> {
  return (await pool.query({ name, text, values })).rows;
}

class Refusal extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

async function authenticate(request: FastifyRequest): Promise<Caller> {
  const key = request.headers["x-api-key"];
  if (typeof key !== "string") throw new Refusal(401, "An API key is required");
  const hash = createHash("sha256").update(key).digest();
  const [caller] = await query<Caller>(PLAIN.authenticate, [hash]);
  if (!caller) throw new Refusal(401, "The API key is not valid");
  return caller;
}

function present(row: RequestRow) {
  return {
    id: Number(row.id),
    title: row.title,
    description: row.description,
    status: row.status,
    priority: row.priority,
    category: row.category,
    requester: { id: row.requester_id, fullName: row.requester_name },
    assignee:
      row.assignee_id === null ? null : { id: row.assignee_id, fullName: row.assignee_name },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function found(row: RequestRow | undefined) {
  if (!row) throw new Refusal(404, "There is no such request");
  return present(row);
}

app.get<{ Params: { id: string } }>("/requests/:id", async (request) => {
  await authenticate(request);
  const [row] = await query<RequestRow>(PLAIN.read, [request.params.id]);
  return found(row);
});

app.get<{ Querystring: { status: string; limit: string } }>("/requests", async (request) => {
  await authenticate(request);
  const { status, limit } = request.query;
  const rows = await query<RequestRow>(PLAIN.list, [status, limit]);
  return { items: rows.map(present) };
});

app.post<{ Body: { title: string; description: string } }>("/requests", async (request, reply) => {
  const caller = await authenticate(request);
  const { title, description } = request.body;
  const values = [title, description, caller.id];
  const [row] = await query<RequestRow>(PLAIN.create, values);
  return reply.code(201).send(row && present({ ...row, requester_name: caller.full_name }));
});

app.patch<{ Params: { id: string }; Body: { status: string } }>(
  "/requests/:id/status",
  async (request) => {
    const caller = await authenticate(request);
    const values = [request.params.id, request.body.status, caller.id];
    const [row] = await query<RequestRow>(PLAIN.status, values);
    return found(row);
  },
);

await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
