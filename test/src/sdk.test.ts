import { fileURLToPath } from "node:url";
import { bulk, ServiceFlow, ServiceFlowError } from "@serviceflow/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "./harness/child-process.ts";
import { ENGINES } from "./harness/databases.ts";
import { FROM_SOURCE } from "./harness/from-source.ts";
import { BOOTSTRAP_KEY, openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

describe.each(ENGINES)("the SDK on %s", (engine) => {
  let app: TestApp;
  const as = (person: Person) =>
    new ServiceFlow({ baseUrl: "http://test", apiKey: person.key, fetch: app.fetch });
  beforeAll(async () => {
    app = await openTestApp(engine);
  });
  afterAll(() => app.close());

  it("handles the life cycle of a request", async () => {
    const [employee, agent, admin] = [as(app.employee), as(app.agent), as(app.admin)];
    const filed = await employee.requests.create({ title: "A chair for desk 12" });
    const claimed = await agent.requests.claim(filed.id);
    expect(claimed.assignee?.id).toBe(app.agent.id);
    await agent.requests.release(filed.id);
    await admin.requests.assign(filed.id, { assigneeId: app.otherAgent.id });
    await admin.requests.update(filed.id, { priority: "HIGH" }, { ifVersion: 4 });
    const other = as(app.otherAgent);
    await other.requests.start(filed.id);
    await other.comments.create(filed.id, { body: "On its way", visibility: "INTERNAL" });
    const done = await other.requests.finish(filed.id);
    expect(done).toMatchObject({ status: "DONE", version: 7, priority: "HIGH" });

    const history = await Array.fromAsync(employee.requests.history(filed.id, { limit: 2 }));
    expect(history.map((entry) => entry.action)).toEqual([
      "request.transitioned",
      "request.transitioned",
      "request.updated",
      "request.assigned",
      "request.released",
      "request.claimed",
      "request.created",
    ]);
    expect(await Array.fromAsync(employee.comments.list(filed.id))).toEqual([]);
  });

  it("makes a call for each of many, of which the refused stop none and none is made twice", async () => {
    const [employee, agent, other] = [as(app.employee), as(app.agent), as(app.otherAgent)];
    const filed = await Promise.all(
      ["taken", "changed", "free", "also free"].map((title) => employee.requests.create({ title })),
    );
    const [taken, changed] = filed as [(typeof filed)[0], (typeof filed)[0]];
    await other.requests.claim(taken);
    await employee.requests.update(changed, { priority: "HIGH" });
    const claimAll = () =>
      bulk(
        filed,
        (request, options) =>
          agent.requests.claim(request, { ...options, ifUnchanged: true }).withResponse(),
        { idempotencyKey: ({ id }) => `claim-${id}` },
      );
    const codes = (results: Awaited<ReturnType<typeof claimAll>>) =>
      results.map(({ error, value }) =>
        ServiceFlowError.is(error) ? error.code : value?.data.assignee?.id,
      );
    const results = await claimAll();
    expect(results.map(({ item }) => item)).toEqual(filed);
    expect(codes(results)).toEqual([
      "already_assigned",
      "precondition_failed",
      app.agent.id,
      app.agent.id,
    ]);
    const again = await claimAll();
    expect(codes(again)).toEqual(codes(results));
    expect(again.map(({ value }) => value?.response.replayed)).toEqual([
      undefined,
      undefined,
      true,
      true,
    ]);
    const ended = await agent.requests.cancel(filed[2]?.id ?? "", { reason: "Filed twice." });
    expect(ended.status).toBe("CANCELED");
  });

  it("throws errors that name the rule", async () => {
    const filed = await as(app.employee).requests.create({ title: "Not theirs to finish" });
    const refused = await as(app.employee)
      .requests.claim(filed.id)
      .catch((error: unknown) => error);
    expect(ServiceFlowError.is(refused)).toBe(true);
    expect(refused).toMatchObject({
      code: "forbidden",
      status: 403,
      retryable: false,
      problem: { rule: "request.claim:EMPLOYEE:never" },
    });
    const hidden = as(app.otherEmployee).requests.get(filed.id);
    await expect(hidden).rejects.toMatchObject({ code: "not_found", status: 404 });
  });

  it("reuses the idempotency key on retries", async () => {
    const sent: (string | null)[] = [];
    // The response to the first attempt is lost.
    const losingFetch: typeof fetch = async (input, init) => {
      const response = await app.fetch(input, init);
      sent.push(new Headers(init?.headers).get("idempotency-key"));
      if (sent.length === 1) throw new TypeError("connection reset");
      return response;
    };
    const employee = new ServiceFlow({
      baseUrl: "http://test",
      apiKey: app.employee.key,
      fetch: losingFetch,
    });
    const filed = await employee.requests.create({ title: "Filed exactly once" });
    expect(sent).toHaveLength(2);
    expect(new Set(sent).size).toBe(1);
    const found = await Array.fromAsync(employee.requests.list({ q: '"filed exactly once"' }));
    expect(found.map((request) => request.id)).toEqual([filed.id]);
  });

  it("manages users, keys and categories, and reads the audit log", async () => {
    const admin = as(app.admin);
    const night = await admin.users.create({
      fullName: "Night Shift",
      email: "night@example.com",
      role: "AGENT",
    });
    const shift = as({ ...night, key: night.apiKey });
    expect((await shift.users.me()).id).toBe(night.id);
    const key = await shift.apiKeys.issue({ name: "Read only", scopes: ["requests:read"] });
    const reader = as({ ...night, key: key.apiKey });
    await expect(reader.requests.create({ title: "Not allowed" })).rejects.toMatchObject({
      code: "insufficient_scope",
    });
    await shift.apiKeys.revoke(key.id);
    await expect(reader.users.me()).rejects.toMatchObject({ code: "unauthenticated" });
    await admin.categories.create({ slug: "legal", name: "Legal" });
    const { items } = await admin.audit.list({ limit: 3 });
    expect(items.map((entry) => entry.action)).toEqual([
      "category.created",
      "api_key.revoked",
      "api_key.issued",
    ]);
    await expect(
      new ServiceFlow({ baseUrl: "http://test", fetch: app.fetch }).users.bootstrap(
        { fullName: "Too Late", email: "late@example.com" },
        BOOTSTRAP_KEY,
      ),
    ).rejects.toMatchObject({ code: "bootstrap_closed" });
  });
});

it("runs every example in the SDK's README and docstrings", async () => {
  const script = fileURLToPath(
    new URL("../../packages/sdk/scripts/check-examples.ts", import.meta.url),
  );
  const { stdout } = await run(process.execPath, [...FROM_SOURCE, script]);
  expect(stdout).toMatch(/\d+ examples/);
});
