import { describe, expect, it } from "vitest";
import type { Query } from "./database.ts";
import { auditHead, auditLogs, users } from "./schema.ts";
import { columns, maybe, p, type Row, sql, value } from "./sql.ts";
import { statement } from "./statement.ts";
import { DEFAULT, insertFrom, params, set, update, type WrittenBy } from "./write.ts";

const USER = { id: users.id, name: maybe(users.fullName), count: value("int", sql`count(*)`) };
const byRole = statement(
  "users_of_role",
  sql`
    select ${columns(USER)} from ${users}
    where ${users.role} = ${p("role", users.role)} and ${users.id} > ${p("after", "uuid?")}`,
);
const WRITTEN_BY = {
  id: [],
  email: ["rename"],
  fullName: ["rename"],
  role: [],
  kind: [],
  active: [],
  locale: [],
  timeZone: [],
  erasedAt: [],
  logErasedAt: [],
  version: ["rename"],
  keysVersion: [],
  createdAt: [],
} as const satisfies WrittenBy<typeof users, "rename">;

describe("a statement", () => {
  it("names tables and columns as the schema does, and casts its parameters", () => {
    expect(byRole.text.replace(/\s+/g, " ").trim()).toBe(
      'select "users"."id" as "id", "users"."full_name" as "name", (count(*))::int as "count" from "users" ' +
        'where "users"."role" = $1::text and "users"."id" > $2::uuid',
    );
  });

  it("lays out values by name, and misses none", () => {
    expect(byRole.bind({ role: "AGENT", after: null })).toEqual(["AGENT", null]);
    // @ts-expect-error a value is missing
    expect(() => byRole.bind({ role: "AGENT" })).toThrow("No value for after in users_of_role");
  });

  it("reads 64-bit numbers as text", () => {
    const row: Row<{ position: typeof auditHead.position }> = { position: "1" };
    expect(statement(null, sql`select ${columns({ position: auditHead.position })}`).text).toBe(
      `select "audit_head"."position"::text as "${Object.keys(row)[0]}"`,
    );
  });

  it("inserts every column, and updates those that the table of writes names", () => {
    const insert = insertFrom(users, { ...params(users), logErasedAt: DEFAULT });
    expect(statement(null, insert).text).toMatch(
      /^insert into "users" \("id", "email", .* "created_at"\) select \$1::uuid, \$2::text, .* zone$/,
    );
    expect(statement(null, insert).text).not.toContain("log_erased_at");
    expect(statement(null, update(users, WRITTEN_BY, "rename")).text).toBe(
      'update "users" set "email" = $1::text, "full_name" = $2::text, "version" = $3::integer',
    );
  });

  it("leaves out what the database computes", () => {
    expect(statement(null, insertFrom(auditLogs, params(auditLogs))).text).not.toContain('"seq"');
  });
});

/** Compiled, not run: each call below an `@ts-expect-error` must not compile. */
export async function refused(query: Query): Promise<void> {
  const [row] = await query(byRole, { role: "AGENT", after: null });
  // @ts-expect-error no such field
  row?.email;
  // @ts-expect-error may be null
  row?.name.length;
  // @ts-expect-error no values
  await query(byRole);
  // @ts-expect-error a misspelt value
  await query(byRole, { role: "AGENT", after: null, afer: "" });
  // @ts-expect-error not a role
  await query(byRole, { role: "BOSS", after: null });
  // @ts-expect-error not a uuid's type
  await query(byRole, { role: "AGENT", after: 1 });
  // @ts-expect-error a column is left out
  insertFrom(users, { ...params(users, "new"), email: undefined });
  // @ts-expect-error no such column
  set(users, { nickname: sql`''` });
  // @ts-expect-error no such write
  update(users, WRITTEN_BY, "renam");
  const { email: _, ...incomplete } = WRITTEN_BY;
  // @ts-expect-error a column is left out
  incomplete satisfies WrittenBy<typeof users, "rename">;
}
