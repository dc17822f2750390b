import { toUuid } from "@serviceflow/domain";
import { allSealed } from "./all-sealed.ts";
import type { ConsoleWorld } from "./console-world.ts";
import { insertKeys } from "./key-rows.ts";
import { runSql } from "./raw-sql.ts";

/** How many rows each list has. */
export interface Sizes {
  people: number;
  entries: number;
  /** Of one request: comments and what was done with it. */
  turns: number;
  categories: number;
  webhooks: number;
  deliveries: number;
  keys: number;
  requests: number;
}

/** At least one row of each has texts as long as they may be. */
const LONG_ADDRESS = `${"an.address.as.long.as.".repeat(2)}ever@somewhere.in.a.company.example.com`;

/** @returns the request that has the timeline */
export async function fillAtSize(world: ConsoleWorld, sizes: Sizes): Promise<string> {
  const { database, admin, employee } = world;
  const { db } = database;
  const run = (text: string, values: unknown[] = []) => runSql(db, text, values);
  const adminUuid = toUuid("user", admin.id);
  const request = await world.file("Talked about for years");
  await run(
    `insert into users (id, email, full_name, role, kind, active, created_at)
     select gen_random_uuid(), case when i = 7 then $2 else 'person' || i || '@example.com' end,
       'Person ' || i, case when i % 10 = 0 then 'AGENT' else 'EMPLOYEE' end, 'HUMAN', true,
       now() + make_interval(secs => i)
     from generate_series(1, $1::int) as i`,
    [sizes.people, LONG_ADDRESS],
  );
  await run(
    `insert into user_words (word, user_id)
     select word, id from users cross join unnest(string_to_array(lower(full_name), ' ')) as word
     where full_name like 'Person %' on conflict do nothing`,
  );
  await run(
    `insert into categories (slug, name, description, created_at)
     select 'team-' || lpad(i::text, 3, '0'), 'Team ' || lpad(i::text, 3, '0'), '', now()
     from generate_series(1, $1::int) as i`,
    [sizes.categories],
  );
  await run(
    `insert into webhooks (id, url, description, event_types, include_internal, owner_id, created_by_id, active, secret,
       position, created_at)
     select gen_random_uuid(), 'https://hooks' || i || '.example.com/', 'Hook ' || i, '{}', false, $2, $2, false, '\\x00',
       0, now() + make_interval(secs => i)
     from generate_series(1, $1::int) as i`,
    [sizes.webhooks, adminUuid],
  );
  await run(
    `insert into webhook_deliveries (id, webhook_id, position, event_id, event_type, status, attempts, response_status,
       created_at, last_attempt_at)
     select gen_random_uuid(), (select id from webhooks where description = 'Hook 1'), i, gen_random_uuid(),
       'request.created', 'DELIVERED', 1, 204, now(), now()
     from generate_series(1, $1::int) as i`,
    [sizes.deliveries],
  );
  await insertKeys(db, admin, sizes.keys);
  await run(
    `insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
       created_at, updated_at)
     select gen_random_uuid(), 100000 + i, 'Request ' || i, '', 'NEW', 'NORMAL', 'general', $2, $2, now(), now()
     from generate_series(1, $1::int) as i`,
    [sizes.requests, toUuid("user", employee.id)],
  );
  await run(
    `insert into audit_logs (id, actor_id, action, subject_type, subject_id, changes, internal, request_id, occurred_at)
     select gen_random_uuid(), $2, 'category.updated', 'category', 'general', '{}', false, 'filled', now()
     from generate_series(1, $1::int) as i`,
    [sizes.entries, adminUuid],
  );
  // Comments and changes by turns.
  await run(
    `insert into audit_logs (id, actor_id, action, subject_type, subject_id, service_request_id, request_number, changes,
       internal, request_id, occurred_at)
     select gen_random_uuid(), $2, case when i % 2 = 0 then 'comment.created' else 'request.updated' end,
       case when i % 2 = 0 then 'comment' else 'request' end,
       case when i % 2 = 0 then 'cmt_' || i else $3 end, r.id, r.number,
       case when i % 2 = 0
         then jsonb_build_object('body', jsonb_build_object('from', null, 'to', 'Comment ' || i || repeat(' words', i % 40)),
           'visibility', jsonb_build_object('from', null, 'to', 'PUBLIC'))
         else '{"priority": {"from": "LOW", "to": "HIGH"}}' end,
       false, 'filled', now() + make_interval(secs => i)
     from generate_series(1, $1::int) as i, requests as r where r.number = $4`,
    [sizes.turns, adminUuid, request, Number(request.replace("SF-", ""))],
  );
  await run("analyze");
  await allSealed(db);
  return request;
}
