import type { Scope } from "@serviceflow/domain";
import { OPERATIONS } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { invoke, TRANSPORTS } from "./harness/operation.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

/** The scope that each procedure needs; null: any key will do. */
const NEEDED: Record<string, Scope | null> = {
  "requests.create": "requests:write",
  "requests.list": "requests:read",
  "requests.stats": "requests:read",
  "requests.get": "requests:read",
  "requests.update": "requests:write",
  "requests.transition": "requests:write",
  "requests.assign": "requests:write",
  "requests.claim": "requests:write",
  "requests.release": "requests:write",
  "requests.history": "requests:read",
  "comments.create": "requests:write",
  "comments.list": "requests:read",
  "users.create": "admin",
  "users.list": "admin",
  "users.me": null,
  "users.get": "requests:read",
  "users.update": "admin",
  "users.changeRole": "admin",
  "users.erase": "admin",
  "apiKeys.issue": "admin",
  "apiKeys.list": "admin",
  "apiKeys.issueFor": "admin",
  "apiKeys.listOf": "admin",
  "apiKeys.rotate": "admin",
  "apiKeys.revoke": "admin",
  "apiKeys.revokeAll": "admin",
  "apiKeys.revokeAllOf": "admin",
  "categories.list": null,
  "categories.create": "admin",
  "categories.update": "admin",
  "audit.list": "admin",
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

describe("the scopes that a key needs, over REST and tRPC", () => {
  it("are declared for every procedure", () => {
    expect(Object.keys(NEEDED).sort()).toEqual(OPERATIONS.map(({ name }) => name).sort());
  });

  describe.each(SUBSETS.map((scopes) => ({ scopes, title: scopes.join(" + ") })))(
    "a key with $title",
    ({ scopes }) => {
      it.each(Object.entries(NEEDED))("calling %s, which needs %s", async (name, needed) => {
        for (const transport of TRANSPORTS) {
          const as = bearers.get(scopes.join());
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
          if (needed !== null && !scopes.includes(needed)) {
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
