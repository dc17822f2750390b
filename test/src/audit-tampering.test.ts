import type { LogVerification } from "@serviceflow/domain";
import { type Database, verifyLog } from "@serviceflow/server";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { ENGINES } from "./harness/databases.ts";
import { LONG } from "./harness/long-run.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestApp, type TestApp } from "./harness/test-app.ts";

const RUNS = LONG ? 200 : 6;

const KINDS = [
  "a column of an entry",
  "a column of a seal",
  "the record of the chain's end",
  "a value beside an entry",
  "a value that is gone",
  "a missing entry",
  "a missing seal",
  "entries and seals missing together, from one place to another",
  "a gap that was closed",
  "an entry put among the others",
  "an entry of a transaction that has not been",
  "a seal appended to the others",
  "entries that changed places",
  "seals that changed places",
] as const;
/** Those that have so many variants that it takes more tries to come by each. */
const WIDE: ReadonlySet<string> = new Set(["a column of an entry", "a column of a seal"]);

/** The first and the last number that an entry can have. */
const ENDS_OF_BIGINT = ["-9223372036854775808", "9223372036854775807"];
const TABLES = ["audit_logs", "audit_private_values", "audit_seals", "audit_head"];

/** For each column, SQL for values that it surely does not have; `it` is what it has. */
const ENTRY: Record<string, string[]> = {
  id: ["gen_random_uuid()"],
  seq: ["it + 100000", "it - 100000"],
  xid: ["(it::text::bigint + 1)::text::xid8", "'3'", "'18446744073709551615'"],
  actor_id: ["case when it is null then gen_random_uuid() end", "gen_random_uuid()"],
  api_key_id: ["case when it is null then gen_random_uuid() end", "gen_random_uuid()"],
  action: ["it || 'x'", "''"],
  subject_type: ["it || 'x'"],
  subject_id: ["it || ' '", "''"],
  service_request_id: [
    "(select r.id from requests r where r.id is distinct from it order by r.id limit 1)",
  ],
  // Null says that the number is the request's, which it is.
  request_number: ["coalesce(it, 0) + 1", "-1"],
  changes: [
    `it || '{"x": {"from": null, "to": 1}}'`,
    "'[]'",
    "'null'",
    `'"text"'`,
    "'7'",
    `'{"title": {"from": null, "to": "forged"}}'`,
  ],
  reason_commitment: ["coalesce(it, '') || '0'", "case when it is null then '' end || 'x'"],
  internal: ["not it"],
  request_id: ["it || 'x'"],
  client_address_commitment: ["coalesce(it, '') || '0'"],
  user_agent_commitment: ["coalesce(it, '') || '0'"],
  occurred_at: ["it + interval '1 ms'", "'infinity'", "'-infinity'", "'294276-01-01'"],
};
const SEAL: Record<string, string[]> = {
  position: ["it + 100000", "-it"],
  entry_seq: ["it + 100000", "-it"],
  transaction: ["(it::text::bigint + 1)::text::xid8", "'3'"],
  sealed_at: ["it + interval '1 ms'", "'infinity'", "'-infinity'"],
  hash: ["set_byte(it, 31, 255 - get_byte(it, 31))", "decode(repeat('00', 32), 'hex')"],
};
const HEAD: Record<string, string[]> = {
  position: ["it + 1", "it - 1", "0"],
  hash: ["set_byte(it, 0, 255 - get_byte(it, 0))"],
  xid: ["(it::text::bigint + 1)::text::xid8", "(it::text::bigint - 1)::text::xid8", "'0'"],
  seq: ["it + 1", "it - 1", "0"],
  restored_to: ["it + 1", "1000000"],
  xid_offset: ["it + 1", "it - 1", "1000000"],
};
const VALUES = [
  // The first value of the entry: another text, another salt, no pair, one more than there are commitments.
  `jsonb_set(it, array[(select key from jsonb_each(it) order by key limit 1), '1'], '"forged"')`,
  `jsonb_set(it, array[(select key from jsonb_each(it) order by key limit 1), '0'], '"forged"')`,
  `jsonb_set(it, array[(select key from jsonb_each(it) order by key limit 1)], '"forged"')`,
  `it || '{"/changes/never/to": ["salt", "forged"]}'`,
  "(select k.values from kept_audit_private_values k where k.values <> it and k.values <> '{}' limit 1)",
];
/** SQL that removes values of the entry with the id `it`. */
const REMOVALS = [
  "update audit_private_values set values = '{}' where entry_id = it",
  "delete from audit_private_values where entry_id = it",
  "update audit_private_values set entry_id = gen_random_uuid() where entry_id = it",
  `update audit_private_values set values = values - (select key from jsonb_each(values) order by key limit 1)
   where entry_id = it`,
  `update audit_private_values set values = values - (select key from jsonb_each(values) order by key desc limit 1)
   where entry_id = it`,
];

/** Changes to the log that bypass the server, and what a verification must report. */
interface Edit {
  sql: string[];
  fault: object;
}

describe.each(ENGINES)("tampering with the log on %s", (engine) => {
  let app: TestApp;
  let db: Database;
  let count: number;
  let whole: LogVerification;
  /** The positions of the entries that have values beside them. */
  let valued: number[];

  beforeAll(async () => {
    app = await openTestApp(engine);
    db = app.database.db;
    await live(app);
    await allSealed(db);
    whole = await verifyLog(db);
    count = whole.entries;
    const rows = await runSql<{ position: number }>(
      db,
      `select s.position::int as position from audit_seals s join audit_logs a on a.seq = s.entry_seq
       join audit_private_values v on v.entry_id = a.id where v.values <> '{}'`,
    );
    valued = rows.map(({ position }) => position);
    // A superuser and the owner of the tables can do this.
    for (const table of TABLES) {
      await runSql(db, `alter table ${table} disable trigger all`);
      await runSql(db, `create table kept_${table} as table ${table}`);
    }
    await runSql(db, "alter table audit_logs alter column seq drop identity");
  });
  afterAll(() => app.close());

  async function restore(): Promise<void> {
    for (const table of TABLES) {
      await runSql(db, `truncate ${table}`);
      await runSql(db, `insert into ${table} select * from kept_${table}`);
    }
  }

  async function verifyAfter({ sql }: Edit): Promise<LogVerification> {
    try {
      for (const statement of sql) await runSql(db, statement);
      return await verifyLog(db);
    } finally {
      await restore();
    }
  }

  const column = (columns: Record<string, string[]>) =>
    fc
      .constantFrom(...Object.keys(columns))
      .chain((name) => fc.constantFrom(...(columns[name] ?? [])).map((value) => ({ name, value })));
  const place = fc.nat().map((n) => (n % count) + 1);
  const places = fc
    .tuple(fc.nat(), fc.nat())
    .map(([a, b]) => [(a % count) + 1, (b % count) + 1].sort((x, y) => x - y) as [number, number])
    .filter(([a, b]) => a < b);
  const seqAt = (position: number) =>
    `(select entry_seq from kept_audit_seals where position = ${position})`;
  const assign = (table: string, { name, value }: { name: string; value: string }) =>
    `update ${table} set ${name} = ${value.replace(/\bit\b/g, `${table}.${name}`)}`;

  const edits = (): Record<(typeof KINDS)[number], fc.Arbitrary<Edit>> => ({
    "a column of an entry": fc.tuple(place, column(ENTRY)).map(([position, change]) => ({
      sql: [`${assign("audit_logs", change)} where seq = ${seqAt(position)}`],
      fault: { position },
    })),
    "a column of a seal": fc.tuple(place, column(SEAL)).map(([position, change]) => ({
      sql: [`${assign("audit_seals", change)} where position = ${position}`],
      fault: { position },
    })),
    "the record of the chain's end": column(HEAD).map((change) => ({
      sql: [assign("audit_head", change)],
      fault: {},
    })),
    "a value beside an entry": fc
      .tuple(fc.constantFrom(...valued), fc.constantFrom(...VALUES))
      .map(([position, value]) => ({
        sql: [
          `${assign("audit_private_values", { name: "values", value })}
           where entry_id = (select id from audit_logs where seq = ${seqAt(position)})`,
        ],
        fault: { position, problem: "value_changed" },
      })),
    "a value that is gone": fc
      .tuple(fc.constantFrom(...valued), fc.constantFrom(...REMOVALS))
      .map(([position, removal]) => ({
        sql: [
          removal.replace(/\bit\b/, `(select id from audit_logs where seq = ${seqAt(position)})`),
        ],
        fault: {
          position,
          problem: "value_missing",
          detail: expect.stringMatching(/^The value \/\w.* of entry evt_/),
        },
      })),
    "a missing entry": place.map((position) => ({
      sql: [`delete from audit_logs where seq = ${seqAt(position)}`],
      fault: { position, problem: "entry_missing" },
    })),
    "a missing seal": place.map((position) => ({
      sql: [`delete from audit_seals where position = ${position}`],
      fault: { position, problem: "seal_missing" },
    })),
    "entries and seals missing together, from one place to another": places.map(([from, to]) => ({
      sql: [
        `delete from audit_logs where seq in
          (select entry_seq from audit_seals where position between ${from} and ${to})`,
        `delete from audit_seals where position between ${from} and ${to}`,
      ],
      fault: { position: from, problem: "seal_missing" },
    })),
    "a gap that was closed": places.map(([from]) => ({
      sql: [
        `delete from audit_logs where seq = ${seqAt(from)}`,
        `delete from audit_seals where position = ${from}`,
        `update audit_seals set position = -(position - 1) where position > ${from}`,
        "update audit_seals set position = -position where position < 0",
      ],
      fault: from === count ? {} : { position: from },
    })),
    "an entry put among the others": fc
      .tuple(place, fc.constantFrom("-1", ...ENDS_OF_BIGINT))
      .map(([position, seq]) => ({
        sql: [
          `insert into audit_logs select (jsonb_populate_record(a, jsonb_build_object(
             'id', gen_random_uuid(), 'seq', ${seq}))).* from audit_logs a
           where seq = ${seqAt(position)}`,
        ],
        fault: { problem: "entry_unsealed", entryId: expect.stringMatching(/^evt_/) },
      })),
    "an entry of a transaction that has not been": place.map((position) => ({
      sql: [
        `insert into audit_logs select (jsonb_populate_record(a, jsonb_build_object(
           'id', gen_random_uuid(), 'seq', 100000, 'xid', '9000000000000000000'))).* from audit_logs a
         where seq = ${seqAt(position)}`,
      ],
      fault: { problem: "entry_unsealed", entryId: expect.stringMatching(/^evt_/) },
    })),
    "a seal appended to the others": place.map((position) => ({
      sql: [
        `insert into audit_seals select ${count} + 1, 100000, transaction, sealed_at, hash
         from audit_seals where position = ${position}`,
      ],
      fault: { problem: "head_mismatch" },
    })),
    "entries that changed places": places.map(([one, other]) => ({
      sql: [
        `update audit_logs set seq = -seq where seq in (${seqAt(one)}, ${seqAt(other)})`,
        `update audit_logs set seq = case when seq = -${seqAt(one)} then ${seqAt(other)}
           else ${seqAt(one)} end where seq < 0`,
      ],
      fault: { position: one, problem: "entry_changed" },
    })),
    "seals that changed places": places.map(([one, other]) => ({
      sql: [
        `update audit_seals set position = -position where position in (${one}, ${other})`,
        `update audit_seals set position = case position when -${one} then ${other} else ${one} end
         where position < 0`,
      ],
      fault: { position: one, problem: "entry_changed" },
    })),
  });

  it.each(KINDS)("is detected: %s", async (kind) => {
    const edit = edits()[kind];
    await fc.assert(
      fc.asyncProperty(edit, async (applied) => {
        const { valid, fault } = await verifyAfter(applied);
        expect(valid).toBe(false);
        expect(fault).toMatchObject(applied.fault);
        expect(fault?.detail).not.toBe("");
      }),
      { numRuns: RUNS * (WIDE.has(kind) ? 4 : 1) },
    );
    expect(await verifyLog(db)).toEqual(whole);
  });

  it.each([
    ["every seal is missing", "delete from audit_seals", { problem: "seal_missing", position: 1 }],
    ["every entry is missing", "delete from audit_logs", { problem: "entry_missing", position: 1 }],
    ["the record of the end is missing", "delete from audit_head", { problem: "head_mismatch" }],
    [
      "every value is gone",
      "update audit_private_values set values = '{}'",
      { problem: "value_missing", position: 1 },
    ],
  ])("is detected when %s", async (_, sql, fault) => {
    expect(await verifyAfter({ sql: [sql], fault })).toMatchObject({ valid: false, fault });
  });

  describe("and with its chain", () => {
    const head = () => ({ position: whole.head?.position ?? 0, hash: whole.head?.hash ?? "" });

    it("is detected by an anchor when the end was cut off", async () => {
      const kept = count - 3;
      const cut = [
        `delete from audit_logs where seq in (select entry_seq from audit_seals where position > ${kept})`,
        `delete from audit_seals where position > ${kept}`,
        `update audit_head h set position = s.position, hash = s.hash, xid = s.transaction, seq = s.entry_seq
         from audit_seals s where s.position = ${kept}`,
      ];
      for (const sql of cut) await runSql(db, sql);
      const without = await verifyLog(db);
      const anchored = await verifyLog(db, { anchor: head() });
      await restore();
      expect(without).toMatchObject({ valid: true, entries: kept });
      expect(anchored).toMatchObject({ valid: false, fault: { problem: "anchor_mismatch" } });
    });

    it("is detected by an anchor when the chain was rebuilt", async () => {
      const rewrite = [
        `update audit_logs set request_id = 'forged' where seq = ${seqAt(5)}`,
        "delete from audit_seals",
        "update audit_head set position = 0, hash = decode(repeat('00', 32), 'hex'), xid = '0', seq = 0",
      ];
      for (const sql of rewrite) await runSql(db, sql);
      await allSealed(db);
      const without = await verifyLog(db);
      const anchored = await verifyLog(db, { anchor: head() });
      await restore();
      expect(without).toMatchObject({ valid: true, entries: count });
      expect(anchored).toMatchObject({ valid: false, fault: { problem: "anchor_mismatch" } });
    });
  });
});

/** Some days in a app: every kind of entry is in its log. */
async function live(app: TestApp): Promise<void> {
  const { admin, agent, employee } = app;
  for (let i = 0; i < 15; i += 1) {
    const filed = await app.call("POST", "/requests", {
      as: employee,
      body: { title: `Request ${i}`, description: "It is broken." },
      headers: { "user-agent": "curl/8" },
    });
    const path = `/requests/${filed.body.id}`;
    await app.call("POST", `${path}/claim`, { as: agent });
    await app.call("POST", `${path}/comments`, { as: agent, body: { body: "On my way" } });
    const cancel = { status: "CANCELED", reason: "Not needed" };
    await app.call("PATCH", `${path}/status`, { as: agent, body: cancel });
    await app.call("POST", "/users/me/api-keys", { as: employee, body: { name: `Key ${i}` } });
    await app.call("PATCH", `/users/${employee.id}`, {
      as: admin,
      body: { fullName: `Eve Employee ${i}` },
    });
  }
}
