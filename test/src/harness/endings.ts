import { toUuid } from "@serviceflow/domain";
import { runSql } from "./raw-sql.ts";
import type { Person, TestApp } from "./test-app.ts";

/** Ways in which authority ends. Each but the expiry, which is a matter of time, is an administrator's call. */
export const ENDINGS = {
  "the revocation of the key": async (app, person, boss) => {
    const { body } = await app.call("GET", `/users/${person.id}/api-keys?limit=100`, { as: boss });
    const key = body.items.find(
      ({ prefix, lastFour }: { prefix: string; lastFour: string }) =>
        person.key.startsWith(prefix) && person.key.endsWith(lastFour),
    );
    return app.call("DELETE", `/api-keys/${key.id}`, { as: boss });
  },
  "the expiry of the key": async ({ database }, person) => {
    const text = "update api_keys set expires_at = now() - interval '1 ms' where user_id = $1";
    await runSql(database.db, text, [toUuid("user", person.id)]);
    return { status: 200 };
  },
  "the deactivation of the user": (app, { id }, boss) =>
    app.call("PATCH", `/users/${id}`, { as: boss, body: { active: false } }),
  "a lower role": (app, { id }, boss) =>
    app.call("PATCH", `/users/${id}/role`, { as: boss, body: { role: "EMPLOYEE" } }),
} satisfies Record<
  string,
  (app: TestApp, person: Person, boss: Person) => Promise<{ status: number }>
>;
export type Ending = keyof typeof ENDINGS;

/** What a user was before an ending, to make them so again. */
export async function restorer(
  { database }: TestApp,
  { id }: Person,
): Promise<() => Promise<void>> {
  const uuid = toUuid("user", id);
  const [user] = await runSql<{ role: string }>(
    database.db,
    "select role from users where id = $1",
    [uuid],
  );
  return async () => {
    const restored = "update users set active = true, role = $2 where id = $1";
    await runSql(database.db, restored, [uuid, user?.role]);
    const valid =
      "update api_keys set revoked_at = null, expires_at = null where user_id = $1 and session_from is null";
    await runSql(database.db, valid, [uuid]);
  };
}

// Without what the server does by itself: when keys were used, deliveries, seals, failed sign-ins.
const TABLES = {
  requests: "*",
  request_participants: "*",
  comments: "*",
  users: "*",
  api_keys: "id, name, user_id, scopes, expires_at, revoked_at",
  categories: "*",
  webhooks: "id, url, description, event_types, active, secret, version",
  roles: "*",
  idempotency_keys: "*",
  "audit_logs where action <> 'sign_in.failed'": "id",
};

/** A hash of all that calls can change. */
export async function stateOf({ database }: TestApp): Promise<string[]> {
  const hashes = Object.entries(TABLES).map(async ([table, columns]) => {
    const text = `
      select '${table.split(" ")[0]} ' || md5(coalesce(string_agg(row::text, ',' order by row::text), '')) as "hash"
      from (select ${columns} from ${table}) as row`;
    return (await runSql<{ hash: string }>(database.db, text))[0]?.hash ?? "";
  });
  return Promise.all(hashes);
}
