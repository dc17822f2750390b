import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { type Answer, openTestApp, type TestApp } from "./harness/test-app.ts";

const URL = "https://bot.example.com/hook?token=in-the-url";

describe.each(ENGINES)("webhooks on %s", (engine) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine);
  });
  afterAll(() => app.close());

  const call = (method: string, path: string, body?: unknown, headers = {}): Promise<Answer> =>
    app.call(method, `/webhooks${path}`, { as: app.admin, body, headers });
  const create = async (body: Record<string, unknown> = {}) =>
    (await call("POST", "", { url: URL, ...body })).body;

  it("are created with a secret that is shown once", async () => {
    const made = await call("POST", "", {
      url: URL,
      description: " Bot ",
      eventTypes: ["request.created"],
    });
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toBe(`/api/v1/webhooks/${made.body.id}`);
    expect(made.headers.get("etag")).toMatch(/^"1-/);
    const { secret, ...webhook } = made.body;
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(webhook).toEqual({
      id: expect.stringMatching(/^whk_\w{26}$/),
      url: URL,
      description: "Bot",
      eventTypes: ["request.created"],
      includeInternal: false,
      owner: { id: app.admin.id, fullName: app.admin.fullName },
      createdBy: { id: app.admin.id, fullName: app.admin.fullName },
      active: true,
      disabledBecause: null,
      failingSince: null,
      oldSecretUntil: null,
      version: 1,
      createdAt: expect.any(String),
    });
    expect((await call("GET", `/${webhook.id}`)).body).toEqual(webhook);
    expect((await call("GET", "")).body.items[0]).toEqual(webhook);
  });

  it("are in the audit log with their changes and without secrets", async () => {
    const webhook = await create();
    await call("PATCH", `/${webhook.id}`, {
      includeInternal: true,
      eventTypes: ["comment.created"],
    });
    const rotated = await call("POST", `/${webhook.id}/rotate`, {});
    await call("POST", `/${webhook.id}/ping`);
    await call("POST", `/${webhook.id}/replay`, { after: "start" });
    await call("DELETE", `/${webhook.id}`);
    const { body } = await app.call("GET", `/audit-logs?subject=${webhook.id}`, {
      as: app.admin,
    });
    const entries = body.items.reverse();
    expect(entries.map(({ action }: { action: string }) => action)).toEqual([
      "webhook.created",
      "webhook.updated",
      "webhook.secret_rotated",
      "webhook.pinged",
      "webhook.replayed",
      "webhook.deleted",
    ]);
    expect(entries[0].changes).toMatchObject({ url: { from: null, to: URL } });
    expect(entries[1].changes).toEqual({
      includeInternal: { from: false, to: true },
      eventTypes: { from: [], to: ["comment.created"] },
    });
    expect(entries[4].changes).toEqual({ after: { from: null, to: "start" } });
    const stored = await runSql(app.database.db, "select * from audit_logs");
    const log = JSON.stringify([entries, stored]);
    for (const { secret } of [webhook, rotated.body]) {
      expect(log).not.toContain(secret.slice("whsec_".length));
    }
    // An address can be a secret as well: it lies beside the log, where it can be erased.
    expect(JSON.stringify(stored)).not.toContain("in-the-url");
  });

  it("are updated only at the given version", async () => {
    const webhook = await create();
    const stale = { "if-match": '"7"' };
    for (const [method, path, body] of [
      ["PATCH", "", { active: false }],
      ["POST", "/rotate", {}],
      ["POST", "/ping", undefined],
      ["POST", "/replay", { after: "now" }],
      ["POST", "/take-over", undefined],
      ["DELETE", "", undefined],
    ] as const) {
      expectProblem(
        await call(method, `/${webhook.id}${path}`, body, stale),
        "precondition_failed",
      );
    }
    const changed = await call("PATCH", `/${webhook.id}`, { active: false }, { "if-match": '"1"' });
    expect(changed.body).toMatchObject({ active: false, version: 2 });
    expect(changed.headers.get("etag")).toMatch(/^"2-/);
  });

  it.each([
    ["http://bot.example.com/", "insecure_url"],
    ["https://10.0.0.1/", "address_refused"],
    ["https://localhost/", "address_refused"],
    ["https://user:pass@bot.example.com/", "credentials_in_url"],
    ["nonsense", "invalid_format"],
  ])("cannot have the URL %s", async (url, code) => {
    const webhook = await create();
    for (const answer of [
      await call("POST", "", { url }),
      await call("PATCH", `/${webhook.id}`, { url }),
    ]) {
      expectProblem(answer, "validation_failed");
      expect(answer.body.errors).toMatchObject([{ pointer: "/url", code }]);
    }
  });

  it.each([
    ["an unknown type", { eventTypes: ["request.exploded"] }, "/eventTypes/0"],
    ["an unknown field", { secret: "whsec_mine" }, "/secret"],
    ["a flag that is none", { includeInternal: "yes" }, "/includeInternal"],
  ])("are refused with %s", async (_, body, pointer) => {
    const answer = await call("POST", "", { url: URL, ...body });
    expectProblem(answer, "validation_failed");
    expect(answer.body.errors[0].pointer).toBe(pointer);
  });

  it("answer 404 after deletion", async () => {
    const webhook = await create();
    await call("DELETE", `/${webhook.id}`);
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["PATCH", "", { active: true }],
      ["DELETE", "", undefined],
      ["POST", "/rotate", {}],
      ["POST", "/ping", undefined],
      ["POST", "/replay", { after: "now" }],
      ["POST", "/take-over", undefined],
      ["GET", "/deliveries", undefined],
    ] as const) {
      expectProblem(await call(method, `/${webhook.id}${path}`, body), "not_found");
    }
  });

  it("are limited to a hundred", async () => {
    await runSql(app.database.db, "delete from webhooks");
    for (let i = 0; i < 100; i += 1)
      expect((await call("POST", "", { url: URL })).status).toBe(201);
    expectProblem(await call("POST", "", { url: URL }), "too_many_webhooks");
  });
});
