import { effectiveScopes, type Scope } from "@serviceflow/domain";
import { OPERATIONS } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { invoke, TRANSPORTS } from "./harness/operation.ts";
import { expectProblem } from "./harness/problem.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

/** The scope that each procedure needs; null: any key will do. */
const NEEDED: Record<string, Scope | null> = {
  "requests.create": "requests:write",
  "requests.list": "requests:read",
  "requests.counts": "requests:read",
  "requests.markRead": "requests:read",
  "requests.markUnread": "requests:read",
  "users.search": "requests:read",
  "requests.stats": "requests:read",
  "requests.get": "requests:read",
  "requests.update": "requests:write",
  "requests.transition": "requests:write",
  "requests.assign": "requests:write",
  "requests.claim": "requests:write",
  "requests.release": "requests:write",
  "requests.history": "requests:read",
  "presence.get": "requests:read",
  "presence.list": "requests:read",
  "presence.set": "requests:read",
  "comments.create": "requests:write",
  "comments.list": "requests:read",
  "users.create": "admin",
  "users.list": "admin",
  "users.me": null,
  "users.updateMe": "requests:write",
  "users.get": "requests:read",
  "users.update": "admin",
  "users.changeRole": "admin",
  "users.erase": "admin",
  "apiKeys.issue": "admin",
  "apiKeys.list": "admin",
  "apiKeys.current": null,
  "apiKeys.issueFor": "admin",
  "apiKeys.listOf": "admin",
  "apiKeys.rotate": "admin",
  "apiKeys.revoke": "admin",
  "apiKeys.revokeAll": "admin",
  "apiKeys.revokeAllOf": "admin",
  "apiKeys.redeem": null,
  "codes.issue": "admin",
  "codes.list": "admin",
  "codes.issueFor": "admin",
  "codes.listOf": "admin",
  "codes.revoke": "admin",
  "users.invite": "admin",
  "sessions.start": null,
  "sessions.current": null,
  "sessions.endCurrent": null,
  "sessions.list": "admin",
  "sessions.listOf": "admin",
  "sessions.end": "admin",
  "categories.list": null,
  "categories.create": "admin",
  "categories.update": "admin",
  "audit.list": "admin",
  "audit.sealState": "admin",
  "audit.verify": "admin",
  "audit.export": "admin",
  "events.list": "requests:read",
  "events.stream": "requests:read",
  "webhooks.create": "admin",
  "webhooks.list": "admin",
  "webhooks.get": "admin",
  "webhooks.update": "admin",
  "webhooks.takeOver": "admin",
  "webhooks.delete": "admin",
  "webhooks.rotate": "admin",
  "webhooks.ping": "admin",
  "webhooks.replay": "admin",
  "webhooks.deliveries": "admin",
  "webhooks.delivery": "admin",
};

const SUBSETS: Scope[][] = [
  ["requests:read"],
  ["requests:write"],
  ["admin"],
  ["requests:read", "requests:write"],
  ["requests:read", "admin"],
  ["requests:write", "admin"],
  ["requests:read", "requests:write", "admin"],
];

/** What makes a call valid enough to get past the scope, about nothing that exists. */
const ABOUT_NOTHING = { id: "SF-999999999" };

let app: TestApp;
const bearers = new Map<string, Person>();
beforeAll(async () => {
  app = await openTestApp("postgres");
  for (const scopes of SUBSETS) {
    const input = { name: "Narrow", scopes };
    const { body } = await invoke(app, "rest", "apiKeys.issue", input, { as: app.admin });
    bearers.set(scopes.join(), { ...app.admin, key: body.apiKey });
  }
});
afterAll(() => app.close());

/** Somebody with a code in place of a key. */
async function withCode(person: Person): Promise<Person> {
  const input = { purpose: "API_KEY" };
  const { body } = await invoke(app, "rest", "codes.issue", input, { as: app.admin });
  return { ...person, key: body.code };
}

describe("the scopes that a key needs, over REST and tRPC", () => {
  it("are declared for every procedure", () => {
    expect(Object.keys(NEEDED).sort()).toEqual(OPERATIONS.map(({ name }) => name).sort());
  });

  describe.each(SUBSETS.map((scopes) => ({ scopes, title: scopes.join(" + ") })))(
    "a key with $title",
    ({ scopes }) => {
      it.each(Object.entries(NEEDED))("calling %s, which needs %s", async (name, needed) => {
        for (const transport of TRANSPORTS) {
          const bearer = bearers.get(scopes.join()) as Person;
          const as = name === "apiKeys.redeem" ? await withCode(bearer) : bearer;
          const input =
            name === "users.create"
              ? {
                  fullName: "Nia",
                  email: `${transport}.${scopes.join(".").replaceAll(":", "-")}@example.com`,
                }
              : needed === null
                ? {}
                : ABOUT_NOTHING;
          const { status, body } = await invoke(app, transport, name, input, { as });
          if (needed !== null && !effectiveScopes(scopes).includes(needed)) {
            expect({ status, code: body.code, scope: body.scope }).toEqual({
              status: 403,
              code: "insufficient_scope",
              scope: needed,
            });
          } else {
            expect([200, 201, 404, 422]).toContain(status);
          }
        }
      });
    },
  );
});

describe("what a key reaches in a roundabout way, its scope allows as well", () => {
  const keyed = (...scopes: Scope[]) => bearers.get(scopes.join()) as Person;

  it("a patch that changes nothing answers a request to one who may read it", async () => {
    const body = { title: "Something" };
    const { id } = (await app.call("POST", "/requests", { as: app.employee, body })).body;
    const writer = keyed("requests:write");
    const read = await app.call("GET", `/requests/${id}`, { as: writer });
    const patched = await app.call("PATCH", `/requests/${id}`, { as: writer, body: {} });
    expect(patched.status).toBe(200);
    expect(patched.body).toEqual(read.body);
    const refused = await app.call("PATCH", `/requests/${id}`, {
      as: keyed("requests:read"),
      body: {},
    });
    expectProblem(refused, "insufficient_scope");
  });

  it("a key that receives events by webhook or export may read the requests", async () => {
    const as = keyed("admin");
    const webhook = { url: "https://bot.example.com/" };
    expect((await app.call("POST", "/webhooks", { as, body: webhook })).status).toBe(201);
    expect((await app.call("GET", "/audit-logs/export", { as })).status).toBe(200);
    expect((await app.call("GET", "/requests", { as })).status).toBe(200);
    expect((await app.call("GET", "/events", { as })).status).toBe(200);
  });

  it("a key with the scope admin of another role reads no more than that role", async () => {
    const body = { name: "Own keys", scopes: ["admin"] };
    const issued = await app.call("POST", "/users/me/api-keys", { as: app.otherEmployee, body });
    const as = { ...app.otherEmployee, key: issued.body.apiKey };
    const request = { title: "Not for others" };
    const { id } = (await app.call("POST", "/requests", { as: app.employee, body: request })).body;
    expectProblem(await app.call("GET", `/requests/${id}`, { as }), "not_found");
    expectProblem(await app.call("GET", "/audit-logs", { as }), "forbidden");
    expectProblem(await app.call("POST", "/requests", { as, body: request }), "insufficient_scope");
  });
});
