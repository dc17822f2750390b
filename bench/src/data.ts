import pg from "pg";

/** Inserts that many requests in every status; 90% of them are NEW. */
export async function fillRequests(
  url: string,
  count: number,
  requesterUuid: string,
): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
       assignee_id, version, created_at, updated_at, started_at, closed_at)
     select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
         || '8' || substr(md5(n::text), 4, 15))::uuid,
       nextval('request_number'), 'Printer number ' || n || ' is jammed', 'It blinks red since this morning. Floor ' || n % 9,
       status, (array['LOW', 'NORMAL', 'HIGH', 'URGENT'])[1 + n % 4], 'general', $2::uuid, $2::uuid,
       case when status <> 'NEW' then $2::uuid end, 1, at, at,
       case when status <> 'NEW' then at end, case when status = 'DONE' then at end
     from (select n, now() - (($1::int - n) * interval '1 minute') as at,
         case when n % 10 > 0 then 'NEW' when n % 20 = 0 then 'DONE' else 'IN_PROGRESS' end as status
       from generate_series(1, $1::int) as n) as source`,
    [count, requesterUuid],
  );
  await client.query("vacuum analyze");
  await client.end();
}
