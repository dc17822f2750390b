import { PERMISSIONS, REQUEST_ACTIONS, type Role } from "@serviceflow/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { invoke, kindOf, TRANSPORTS } from "./harness/operation.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

/** What an input is made of: people, keys made for the call, and a word that no call before had. */
interface Words {
  me: Person;
  agent: Person;
  employee: Person;
  target: Person;
  myKey: string;
  theirKey: string;
  webhook: string;
  unique: string;
}

type Verdict = "ok" | "forbidden" | "hidden";
type Expected = Record<Role, Verdict | `forbidden ${string}`>;
type Input = (words: Words) => Record<string, unknown>;
type Row = ReturnType<typeof row>;

/** @param what tells apart several things that one action covers */
function row(
  action: string,
  what: string,
  procedure: string,
  expected: Expected,
  input: Input = () => ({}),
) {
  return { action, what, procedure, expected, input };
}

const everyone = { ADMIN: "ok", AGENT: "ok", EMPLOYEE: "ok" } as const;
const adminOnly = { ADMIN: "ok", AGENT: "forbidden never", EMPLOYEE: "forbidden never" } as const;
const hiddenFromOthers = { ADMIN: "ok", AGENT: "hidden", EMPLOYEE: "hidden" } as const;
const NOTHING = {
  users: "usr_01kjg3v9tefya8h8m6q1v0c3zd",
  apiKeys: "key_01kjg3v9tefya8h8m6q1v0c3zd",
};

const ROWS: Row[] = [
  row("request.create", "for themselves", "requests.create", everyone, () => ({ title: "Laptop" })),
  row("request.create", "for themselves by their id", "requests.create", everyone, ({ me }) => ({
    title: "Laptop",
    requesterId: me.id,
  })),
  row(
    "request.create",
    "for another",
    "requests.create",
    { ADMIN: "ok", AGENT: "ok", EMPLOYEE: "forbidden selfAsRequester" },
    ({ target }) => ({ title: "Laptop", requesterId: target.id }),
  ),
  row("user.list", "", "users.list", { ADMIN: "ok", AGENT: "ok", EMPLOYEE: "forbidden never" }),
  row("user.get", "themselves", "users.get", everyone, ({ me }) => ({ id: me.id })),
  row(
    "user.get",
    "an agent",
    "users.get",
    { ADMIN: "ok", AGENT: "ok", EMPLOYEE: "hidden" },
    ({ agent }) => ({ id: agent.id }),
  ),
  row("user.get", "an employee", "users.get", hiddenFromOthers, ({ employee }) => ({
    id: employee.id,
  })),
  row("user.manage", "(create)", "users.create", adminOnly, ({ unique }) => ({
    fullName: "New User",
    email: `${unique}@example.com`,
  })),
  row("user.manage", "(update)", "users.update", adminOnly, ({ target, unique }) => ({
    id: target.id,
    fullName: unique,
  })),
  row("user.manage", "(update themselves)", "users.update", adminOnly, ({ me, unique }) => ({
    id: me.id,
    fullName: unique,
  })),
  row("user.updateOwn", "", "users.updateMe", everyone, () => ({ timeZone: "Europe/Berlin" })),
  row("user.updateOwn", "(by id)", "users.update", everyone, ({ me }) => ({
    id: me.id,
    locale: "de-AT",
  })),
  row("user.manage", "(another's locale)", "users.update", adminOnly, ({ target }) => ({
    id: target.id,
    locale: "de-AT",
  })),
  row("user.manage", "(change a role)", "users.changeRole", adminOnly, ({ target }) => ({
    id: target.id,
    role: "EMPLOYEE",
  })),
  row("api_key.manageOwn", "(issue)", "apiKeys.issue", everyone, () => ({ name: "Own" })),
  row("api_key.manageOwn", "(list)", "apiKeys.list", everyone),
  row("api_key.manageOwn", "(issue by id)", "apiKeys.issueFor", everyone, ({ me }) => ({
    id: me.id,
    name: "Own",
  })),
  row("api_key.manageOwn", "(list by id)", "apiKeys.listOf", everyone, ({ me }) => ({ id: me.id })),
  row("api_key.manageOwn", "(rotate)", "apiKeys.rotate", everyone, ({ myKey }) => ({ id: myKey })),
  row("api_key.manageOwn", "(revoke)", "apiKeys.revoke", everyone, ({ myKey }) => ({ id: myKey })),
  row("api_key.manageOwn", "(revoke all)", "apiKeys.revokeAll", everyone, () => ({
    keepCallingKey: true,
  })),
  row("api_key.manageOwn", "(revoke all by id)", "apiKeys.revokeAllOf", everyone, ({ me }) => ({
    id: me.id,
    keepCallingKey: true,
  })),
  row("api_key.manageAny", "(issue)", "apiKeys.issueFor", adminOnly, ({ target }) => ({
    id: target.id,
    name: "Theirs",
  })),
  row("api_key.manageAny", "(list)", "apiKeys.listOf", adminOnly, ({ target }) => ({
    id: target.id,
  })),
  row("api_key.manageAny", "(rotate)", "apiKeys.rotate", hiddenFromOthers, ({ theirKey }) => ({
    id: theirKey,
  })),
  row("api_key.manageAny", "(revoke)", "apiKeys.revoke", hiddenFromOthers, ({ theirKey }) => ({
    id: theirKey,
  })),
  row("api_key.manageAny", "(revoke all)", "apiKeys.revokeAllOf", adminOnly, ({ target }) => ({
    id: target.id,
  })),
  row("category.list", "", "categories.list", everyone),
  row("category.manage", "(create)", "categories.create", adminOnly, ({ unique }) => ({
    slug: unique,
    name: "New",
  })),
  row("category.manage", "(update)", "categories.update", adminOnly, ({ unique }) => ({
    id: "general",
    description: unique,
  })),
  row("webhook.manage", "(create)", "webhooks.create", adminOnly, () => ({
    url: "https://bot.example.com/",
  })),
  row("webhook.manage", "(list)", "webhooks.list", adminOnly),
  ...["get", "update", "takeOver", "rotate", "ping", "deliveries"].map((verb) =>
    row("webhook.manage", `(${verb})`, `webhooks.${verb}`, adminOnly, ({ webhook }) => ({
      id: webhook,
    })),
  ),
  row("webhook.manage", "(replay)", "webhooks.replay", adminOnly, ({ webhook }) => ({
    id: webhook,
    after: "now",
  })),
  row("webhook.manage", "(delete)", "webhooks.delete", adminOnly, ({ webhook }) => ({
    id: webhook,
  })),
  row("audit.read", "", "audit.list", adminOnly),
  row("audit.read", "(seal state)", "audit.sealState", adminOnly),
  row("audit.read", "(verify)", "audit.verify", adminOnly),
  // The last: nothing can be done with them afterwards.
  row("user.manage", "(erase)", "users.erase", adminOnly, ({ target }) => ({ id: target.id })),
];

const ROLES: Role[] = ["ADMIN", "AGENT", "EMPLOYEE"];
const cases = ROWS.flatMap((row) =>
  ROLES.map((role) => {
    const [verdict, condition] = row.expected[role].split(" ") as [Verdict, string?];
    const verb = { ok: "lets", forbidden: "refuses", hidden: "hides from" }[verdict];
    const title = `${verb} ${role}: ${row.action} ${row.what}`.trim();
    return { title, row, role, verdict, rule: `${row.action}:${role}:${condition}` };
  }),
);

let app: TestApp;
let target: Person;
let calls = 0;
beforeAll(async () => {
  // Each row has keys of its own.
  const keyBounds = { maxPerUser: 1000, maxLifetimeDays: null };
  app = await openTestApp("postgres", { keyBounds });
  target = await app.addUser({ fullName: "Tom Target", email: "tom@example.com" });
});
afterAll(() => app.close());

async function wordsFor(me: Person): Promise<Words> {
  const keyOf = async ({ id }: Person) => {
    const key = { id, name: "Spare" };
    return (await invoke(app, "rest", "apiKeys.issueFor", key, { as: app.admin })).body.id;
  };
  calls += 1;
  await runSql(app.database.db, "delete from webhooks");
  const url = "https://bot.example.com/";
  const made = await invoke(app, "rest", "webhooks.create", { url }, { as: app.admin });
  const webhook = made.body.id;
  return {
    me,
    agent: app.otherAgent,
    employee: app.otherEmployee,
    target,
    myKey: await keyOf(me),
    theirKey: await keyOf(target),
    webhook,
    unique: `new-${calls}`,
  };
}

describe("the permissions of each role besides those on requests, over REST and tRPC", () => {
  it("cover every action that is not on one request", () => {
    const concernsOne = ["view", ...REQUEST_ACTIONS].map((action) => `request.${action}`);
    const rest = Object.keys(PERMISSIONS).filter((action) => !concernsOne.includes(action));
    expect(new Set(ROWS.map(({ action }) => action))).toEqual(new Set([...rest, "user.get"]));
  });

  it.each(cases)("$title", async ({ row, role, verdict, rule }) => {
    const me = { ADMIN: app.admin, AGENT: app.agent, EMPLOYEE: app.employee }[role];
    for (const transport of TRANSPORTS) {
      const input = row.input(await wordsFor(me));
      const { status, body } = await invoke(app, transport, row.procedure, input, { as: me });
      if (verdict === "ok") {
        const creates = /\.(create|issue|issueFor|rotate)$/.test(row.procedure);
        expect(status).toBe(creates && transport === "rest" ? 201 : 200);
      } else if (verdict === "forbidden") {
        expect({ status, code: body.code, rule: body.rule }).toEqual({
          status: 403,
          code: "forbidden",
          rule,
        });
      } else {
        const [kind] = row.procedure.split(".") as [keyof typeof NOTHING];
        const missing = { ...input, id: NOTHING[kind] };
        const nothing = await invoke(app, transport, row.procedure, missing, { as: me });
        expect({ status, code: body.code }).toEqual({ status: 404, code: "not_found" });
        expect(kindOf(body)).toEqual(kindOf(nothing.body));
      }
    }
  });

  it("show an agent only users who work requests", async () => {
    for (const transport of TRANSPORTS) {
      const { body } = await invoke(app, transport, "users.list", {}, { as: app.agent });
      const roles = body.items.map((user: { role: Role }) => user.role);
      expect(new Set(roles)).toEqual(new Set(["ADMIN", "AGENT"]));
    }
  });
});
