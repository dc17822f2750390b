import { batches, madeRequests } from "./made-requests.ts";
import { type BenchUser, people } from "./people.ts";

/** A connection to a database with the tables of ServiceFlow, on either engine. */
export interface Connection {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

/** Columns of a table, each with the SQL of its value. */
type Columns = Record<string, string>;

const REQUEST_UUID =
  "(lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid";

const COMMITMENT = (salt: string) => `md5('${salt}' || n) || md5(n || '${salt}')`;
const SALT = (salt: string) => `md5(entry || '${salt}' || n)`;
const ENTRY_UUID =
  "(lpad(to_hex((extract(epoch from at) * 1000)::bigint + entry), 12, '0') || '7' || lpad(to_hex(entry), 3, '0') || '8000' || lpad(to_hex(n), 12, '0'))::uuid";
const CREATED = `jsonb_build_object(
  'title', jsonb_build_object('from', null, 'to', jsonb_build_object('commitment', ${COMMITMENT("title")})),
  'status', '{"from": null, "to": "NEW"}'::jsonb,
  'category', '{"from": null, "to": "general"}'::jsonb,
  'priority', '{"from": null, "to": "NORMAL"}'::jsonb,
  'description', jsonb_build_object('from', null, 'to', jsonb_build_object('commitment', ${COMMITMENT("text")})),
  'requesterId', jsonb_build_object('from', null, 'to', requester.id),
  'submitterId', jsonb_build_object('from', null, 'to', requester.id))`;
const CHANGE_CASES: [when: string, action: string, changes: string][] = [
  ["entry = 1", "request.created", CREATED],
  [
    "entry = 2 and assignee.uuid is not null",
    "request.claimed",
    "jsonb_build_object('assigneeId', jsonb_build_object('from', null, 'to', assignee.id))",
  ],
  [
    "entry = 3 and started_at is not null",
    "request.transitioned",
    `'{"status": {"from": "NEW", "to": "IN_PROGRESS"}}'::jsonb`,
  ],
  [
    "entry = 4 and status in ('DONE', 'CANCELED')",
    "request.transitioned",
    "jsonb_build_object('status', jsonb_build_object('from', 'IN_PROGRESS', 'to', status))",
  ],
];
const caseOf = (of: (change: (typeof CHANGE_CASES)[number]) => string, otherwise: string) =>
  `case ${CHANGE_CASES.map((change) => `when ${change[0]} then ${of(change)}`).join(" ")} else ${otherwise} end`;

const REQUEST: Columns = {
  id: REQUEST_UUID,
  number: "number",
  title: "title",
  description: "description",
  status: "status",
  priority: "priority",
  category: "'general'",
  requester_id: "requester.uuid",
  submitter_id: "requester.uuid",
  assignee_id: "assignee.uuid",
  version: "1 + (started_at is not null)::int + (closed_at is not null)::int",
  created_at: "at",
  updated_at: "coalesce(closed_at, started_at, at)",
  started_at: "started_at",
  closed_at: "closed_at",
};

const participant = (person: string): Columns => ({
  user_id: `${person}.uuid`,
  request_id: REQUEST_UUID,
  participated_at: "at",
  changed_at: "coalesce(closed_at, started_at)",
  unread: "n % 7 = 0",
  unread_internally: "false",
});

const ENTRY: Columns = {
  id: "entry_uuid",
  actor_id: "coalesce(assignee.uuid, requester.uuid)",
  action: caseOf(([, action]) => `'${action}'`, "'request.updated'"),
  subject_type: "'request'",
  subject_id: "'SF-' || number",
  service_request_id: REQUEST_UUID,
  changes: caseOf(
    ([, , changes]) => changes,
    `'{"priority": {"from": "LOW", "to": "NORMAL"}}'::jsonb`,
  ),
  internal: "false",
  request_id: "entry_uuid::text",
  client_address_commitment: COMMITMENT("address"),
  user_agent_commitment: COMMITMENT("agent"),
  occurred_at: "at + entry * interval '1 millisecond'",
};

const PRIVATE_VALUES: Columns = {
  entry_id: "entry_uuid",
  values: `jsonb_build_object('/userAgent', jsonb_build_array(${SALT("agent")}, 'bench'),
      '/clientAddress', jsonb_build_array(${SALT("address")}, '127.0.0.1'))
    || case when entry = 1 then jsonb_build_object('/changes/title/to', jsonb_build_array(${SALT("title")}, title),
      '/changes/description/to', jsonb_build_array(${SALT("text")}, description)) else '{}'::jsonb end`,
};

/**
 * Fills the tables of ServiceFlow as its commands would have left them, but for what its jobs derive afterwards: seals,
 * the words that are searched by, counts of the statistics, and which events a filter of the feed finds.
 */
export async function fillServiceFlow(
  client: Connection,
  { count, entriesEach }: { count: number; entriesEach: number },
): Promise<void> {
  const { employees, agents } = people();
  // As replication does: foreign keys hold by construction, and triggers would note each row by itself.
  await client.query("set session_replication_role = replica");
  await addUsers(client, [...employees, ...agents]);
  await keepApart(client, "bench_requesters", employees);
  await keepApart(client, "bench_assignees", agents);
  const until = new Date();
  for (const batch of batches(count)) {
    const made = `${madeRequests(batch, { count, until })}
      join bench_requesters as requester on requester.place = made.requester
      left join bench_assignees as assignee on assignee.place = made.assignee`;
    await insert(client, "requests", REQUEST, `${made} order by made.n`);
    await insert(client, "request_participants", participant("requester"), made);
    const assigned = `${made} where assignee.uuid is not null`;
    await insert(client, "request_participants", participant("assignee"), assigned);
    const entries = `${made} cross join generate_series(1, ${entriesEach}) as entry
      cross join lateral (select ${ENTRY_UUID} as entry_uuid) as named order by made.n, entry`;
    await insert(client, "audit_logs", ENTRY, entries);
    await insert(client, "audit_private_values", PRIVATE_VALUES, entries);
  }
  await client.query("drop table bench_requesters, bench_assignees");
  await client.query("set session_replication_role = origin");
  await client.query("select setval('request_number', (select max(number) from requests))");
  for (const [table, text] of LEFT_TO_JOBS) {
    const { rows } = await client.query("select to_regclass($1) is not null as there", [table]);
    if (rows[0]?.there) await client.query(text);
  }
}

/** What an upgrade from a build without these tables leaves to the same jobs. */
const LEFT_TO_JOBS: readonly [table: string, text: string][] = [
  [
    "words_backfill",
    `update words_backfill set below = (select max(number) + 1 from requests),
       users_up_to = 'ffffffff-ffff-ffff-ffff-ffffffffffff'`,
  ],
  [
    "stats_builds",
    "update stats_builds set place = '00000000-0000-0000-0000-000000000000', complete = false",
  ],
];

async function addUsers(client: Connection, users: readonly BenchUser[]): Promise<void> {
  await client.query(
    `insert into users (id, email, full_name, role, kind, created_at)
     select uuid, lower(replace(name, ' ', '.')) || '@example.com', name, role, 'HUMAN', date_trunc('milliseconds', now())
     from unnest($1::uuid[], $2::text[], $3::text[]) as u (uuid, name, role)`,
    [users.map(({ uuid }) => uuid), users.map(({ name }) => name), users.map(({ role }) => role)],
  );
}

/** For the statements of the fill. */
async function keepApart(
  client: Connection,
  table: string,
  users: readonly BenchUser[],
): Promise<void> {
  await client.query(
    `create temporary table ${table} as
     select * from unnest($1::uuid[], $2::text[]) with ordinality as u (uuid, id, place)`,
    [users.map(({ uuid }) => uuid), users.map(({ id }) => id)],
  );
  await client.query(`analyze ${table}`);
}

/** Leaves out what another build does not have. */
async function insert(
  client: Connection,
  table: string,
  columns: Columns,
  from: string,
): Promise<void> {
  const { rows } = await client.query(
    "select column_name from information_schema.columns where table_schema = 'public' and table_name = $1",
    [table],
  );
  const there = new Set(rows.map(({ column_name }) => column_name));
  const kept = Object.entries(columns).filter(([name]) => there.has(name));
  if (kept.length === 0) return;
  const names = kept.map(([name]) => `"${name}"`).join(", ");
  await client.query(
    `insert into ${table} (${names}) select ${kept.map(([, value]) => value).join(", ")} from ${from}`,
  );
}
