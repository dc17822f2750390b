import { createHash, randomUUID } from "node:crypto";
import { toPublicId } from "@serviceflow/domain";
import { createServices, formatApiKey, maskApiKey, migrate } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES, type TestDatabase, testLog } from "./harness/databases.ts";
import { oldDatabase } from "./harness/old-database.ts";
import { runSql } from "./harness/raw-sql.ts";
import { type Answer, caller, fetchOf } from "./harness/test-app.ts";

/** Ids at the edges of their encoding, and some of any kind. */
const MADE = [
  "00000000-0000-7000-8000-000000000000",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
  "019cb0f1-3d4e-7a5b-8c6d-0123456789ab",
  ...Array.from({ length: 20 }, () => randomUUID()),
];
/** Its entry names no actor, as none of a webhook does that SQL has made. */
const UNNAMED = randomUUID();
const UNLOGGED = randomUUID();

describe.each(ENGINES)("the migration to webhooks with owners on %s", (engine) => {
  const key = formatApiKey(new Uint8Array(32).fill(9));
  const people = [randomUUID(), randomUUID()] as const;
  let database: TestDatabase;
  let call: (path: string, method?: string, body?: unknown) => Promise<Answer>;

  beforeAll(async () => {
    database = await oldDatabase(engine, "webhook_owners");
    await fill();
    await migrate(database.db, database.url);
    const rest = caller(fetchOf(createServices(database.db, testLog).services));
    const as = { id: "", fullName: "", key };
    call = (path, method = "GET", body = undefined) => rest(method, path, { as, body });
  });
  afterAll(() => database.drop());

  const sql = (text: string, values: unknown[]) => runSql(database.db, text, values);
  const ownerOf = (index: number) => people[index % 2] as string;

  async function fill(): Promise<void> {
    for (const [index, id] of people.entries()) {
      await sql(
        `insert into users (id, email, full_name, role, kind, created_at)
         values ($1, $2, $3, 'ADMIN', 'HUMAN', now())`,
        [id, `admin${index}@example.com`, `Admin ${index}`],
      );
    }
    const { prefix, lastFour } = maskApiKey(key);
    await sql(
      `insert into api_keys (id, user_id, name, hash, prefix, last_four, scopes, created_at)
       values ($1, $2, 'k', $3, $4, $5, '{admin}', now())`,
      [randomUUID(), people[0], createHash("sha256").update(key).digest(), prefix, lastFour],
    );
    const log = (webhook: string, action: string, actor: string | null) =>
      sql(
        `insert into audit_logs
           (id, actor_id, action, subject_type, subject_id, changes, internal, request_id, occurred_at)
         values ($1, $2, $3, 'webhook', $4, '{}', false, 'r', now())`,
        [randomUUID(), actor, action, toPublicId("webhook", webhook)],
      );
    for (const id of [...MADE, UNNAMED, UNLOGGED]) {
      await sql(
        `insert into webhooks
           (id, url, description, event_types, include_internal, active, secret, position, created_at)
         values ($1, 'https://bot.example.com/', '', '{}', false, true, '\\x00', 0, now())`,
        [id],
      );
    }
    for (const [index, id] of MADE.entries()) {
      await log(id, "webhook.created", ownerOf(index));
      await log(id, "webhook.updated", ownerOf(index + 1));
    }
    await log(UNNAMED, "webhook.created", null);
    await log(UNLOGGED, "webhook.pinged", people[1]);
  }

  it("makes owners of the creators in the log, and leaves the others unknown", async () => {
    const { body } = await call("/webhooks?limit=100");
    const found = new Map(
      body.items.map(({ id, owner, createdBy }: Record<string, unknown>) => [
        id,
        { owner, createdBy },
      ]),
    );
    expect(found.size).toBe(MADE.length + 2);
    for (const [index, id] of MADE.entries()) {
      const ref = { id: toPublicId("user", ownerOf(index)), fullName: `Admin ${index % 2}` };
      expect(found.get(toPublicId("webhook", id))).toEqual({ owner: ref, createdBy: ref });
    }
    for (const id of [UNNAMED, UNLOGGED]) {
      expect(found.get(toPublicId("webhook", id))).toEqual({ owner: null, createdBy: null });
    }
  });

  it("lets an administrator take over one that nobody owns", async () => {
    const taken = await call(`/webhooks/${toPublicId("webhook", UNLOGGED)}/take-over`, "POST");
    expect(taken.body).toMatchObject({
      owner: { id: toPublicId("user", people[0]) },
      createdBy: null,
    });
  });

  it("lets an older build go on creating webhooks and reading what it knows", async () => {
    const id = randomUUID();
    await sql(
      `insert into webhooks
         (id, url, description, event_types, include_internal, active, secret, position, created_at)
       values ($1, 'https://bot.example.com/', '', '{}', false, true, '\\x00', 0, now())`,
      [id],
    );
    const { status, body } = await call(`/webhooks/${toPublicId("webhook", id)}`);
    expect([status, body.owner]).toEqual([200, null]);
  });
});
