import { toUuid } from "@serviceflow/domain";
import { expect, it, onTestFinished } from "vitest";
import { freshPostgres } from "./harness/databases.ts";
import { onServer } from "./harness/local-postgres.ts";
import { LONG, ONLY_LONG } from "./harness/long-run.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestAppOn, type Person } from "./harness/test-app.ts";

const ROWS = 1_000_000;
/** So many rows a statement may read: those of a full page, of its budget, and of the largest blocks it looks into. */
const MAX_READ = 150_000;

/**
 * 30 % have `printer` and 30 % have `scanner`, never both; 1 % `kitchen`, one `zebra`. `fax` is in 30 % of the oldest
 * quarter only.
 */
const TEXT = `'Request ' || i || case when i % 10 < 3 then ' the printer' when i % 10 < 6 then ' the scanner' else '' end
  || case when i % 100 = 7 then ' kitchen' else '' end || case when i = 500000 then ' zebra' else '' end
  || case when i < ${ROWS / 4} and i % 10 < 3 then ' fax' else '' end`;

const FILL = `
  insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
    assignee_id, created_at, updated_at, started_at, closed_at)
  select ('01990000-' || lpad(to_hex(i >> 16), 4, '0') || '-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 10000 + i,
    ${TEXT}, '', status, case when i % 1000 = 3 then 'URGENT' else 'NORMAL' end, 'general',
    case when i % 20000 = 0 then $1::uuid else $2::uuid end, $2::uuid,
    case when i % 30000 = 7 then $3::uuid else $4::uuid end, moment, moment, moment,
    case when status = 'DONE' then moment end
  from (select i, now() - make_interval(mins => ${ROWS} - i) as moment,
      case when i > ${ROWS} - 100 then 'IN_PROGRESS' else 'DONE' end as status
    from generate_series(1, ${ROWS}) as i) as rows`;
/** As the writes would have left them. */
const FILL_PARTICIPANTS = `
  insert into request_participants (user_id, request_id, participated_at, unread, unread_internally)
  select person, id, created_at, number % 3 = 0, false from requests cross join lateral (
    select requester_id union select submitter_id union select assignee_id) as people (person)
  where person is not null on conflict do nothing`;
const FILL_WORDS = `
  insert into request_words (request_id, part, number, version, words)
  select id, 0, number, version, to_tsvector('simple', title) || format('%L %L %L %L', '@a' || (number >> 10),
    '@b' || (number >> 13), '@c' || (number >> 16), '@r' || replace(requester_id::text, '-', ''))::tsvector
  from requests on conflict do nothing`;

/** More words with the beginning of a common and of a rare one than are looked for one by one. */
const FILL_KNOWN = `
  insert into known_words (word)
  select beginning || chr(97 + i / 26) || chr(97 + i % 26) from unnest(array['prin', 'zebr', 'abse']) as each_one (beginning)
  cross join generate_series(0, 99) as i`;

interface Node {
  "Node Type": string;
  "Relation Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  "Rows Removed by Index Recheck"?: number;
  Plans?: Node[];
}

const WORDS = [
  "zebra",
  "kitchen",
  "printer",
  "fax",
  "absent",
  "printer scanner",
  "printer -request",
  '"the printer"',
];
/** Words of a phrase that are common, but never together; beginnings of common, rare and absent words; leavers. */
const MORE = [
  ['"printer request"', ""],
  ["prin", ""],
  ["zebr", ""],
  ["abse", ""],
  ["scanner prin", ""],
  ["kitchen zebr", "status=DONE"],
  ["printer", "assignee=unavailable"],
  ["printer", "unread=true"],
] as const;
const FILTERS = [
  "",
  "status=NEW",
  "status=IN_PROGRESS",
  "priority=URGENT",
  "category=general",
  "requester=<employee>",
  "assignee=<agent>",
  "assignee=none",
  "createdTo=2020-01-01T00:00:00Z",
  "updatedTo=2020-01-01T00:00:00Z",
];

it(`a search among ${ROWS} requests reads few of them`, async ({ skip }) => {
  skip(!LONG, ONLY_LONG);
  const asked: { text: string; values: unknown[] }[] = [];
  const database = await freshPostgres();
  const { db } = database;
  const query = new Proxy(db.heavy.query, {
    apply(target, self, [statement, values = {}]) {
      asked.push({ text: statement.text, values: statement.bind(values) });
      return Reflect.apply(target, self, [statement, values]);
    },
  });
  const app = await openTestAppOn({ ...database, db: { ...db, heavy: { query } } });
  onTestFinished(() => app.close());
  const people = [app.employee, app.otherEmployee, app.agent, app.otherAgent];
  await onServer(database.url, async (client) => {
    const statements: [string, unknown[]?][] = [
      ["alter table requests disable trigger user"],
      [FILL, people.map(({ id }) => toUuid("user", id))],
      ["drop index request_words_words_idx"],
      [FILL_PARTICIPANTS],
      [FILL_WORDS],
      [FILL_KNOWN],
      [
        "create index request_words_words_idx on request_words using gin (words) with (fastupdate = off)",
      ],
      ["alter table requests enable trigger user"],
      ["vacuum analyze"],
    ];
    for (const [text, values] of statements) await client.query(text, values);
  });
  for (const [q, filter] of MORE) await search(app.agent, q, filter);
  for (const as of [app.employee, app.otherEmployee]) await search(as, "prin", "");
  for (const as of [app.agent, app.employee, app.otherEmployee]) {
    for (const q of WORDS) {
      for (const filter of FILTERS) await search(as, q, filter);
    }
  }

  async function search(as: Person, q: string, filter: string): Promise<void> {
    asked.length = 0;
    const filters = filter.replace("<employee>", app.employee.id).replace("<agent>", app.agent.id);
    const path = `/requests?q=${encodeURIComponent(q)}&${filters}`;
    expect({ path, status: (await app.call("GET", path, { as })).status }).toEqual({
      path,
      status: 200,
    });
    expect(asked.length).toBeGreaterThan(1);
    // How rare a word is, the server asks by a plan, which reads nothing.
    const reading = asked.filter(({ text }) => !/^\s*explain/.test(text));
    for (const { text, values } of reading) {
      const [row] = await runSql<{ "QUERY PLAN": [{ Plan: Node }] }>(
        db,
        `explain (analyze, format json) ${text}`,
        values,
      );
      const nodes = flatten((row as NonNullable<typeof row>)["QUERY PLAN"][0].Plan);
      const scans = nodes.filter((node) => node["Relation Name"] !== undefined);
      const whole = scans.filter(
        (node) => node["Node Type"] === "Seq Scan" && /request/.test(node["Relation Name"] ?? ""),
      );
      expect({ path, whole }).toEqual({ path, whole: [] });
      expect(scans.reduce((sum, node) => sum + rowsOf(node), 0)).toBeLessThan(MAX_READ);
    }
  }
});

function rowsOf(node: Node): number {
  const removed =
    (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0);
  return (node["Actual Rows"] + removed) * node["Actual Loops"];
}

function flatten(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}
