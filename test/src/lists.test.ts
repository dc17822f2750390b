import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestClock } from "./harness/clock.ts";
import { ENGINES } from "./harness/databases.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

type Item = Record<string, unknown>;

describe.each(ENGINES)("the other lists on %s", (engine) => {
  const clock = new TestClock("2026-03-02T08:00:00Z");
  let app: TestApp;
  let bot: Person;
  let gone: Person;
  let requestId: string;

  beforeAll(async () => {
    app = await openTestApp(engine, { clock: clock.tick });
    const { call, addUser, admin, agent, employee } = app;
    bot = await addUser({ fullName: "Bot", role: "AGENT", kind: "BOT", email: "bot@example.com" });
    gone = await addUser({ fullName: "Gus Gone", email: "gus@example.com" });
    clock.set("2026-03-02T09:00:00Z");
    await call("PATCH", `/users/${gone.id}`, { as: admin, body: { active: false } });
    for (const slug of ["it", "hr", "a-b", "travel"]) {
      await call("POST", "/categories", { as: admin, body: { slug, name: slug } });
    }
    await call("PATCH", "/categories/hr", { as: admin, body: { active: false } });
    for (const name of ["one", "two", "three"]) {
      await call("POST", "/users/me/api-keys", { as: employee, body: { name } });
    }
    clock.set("2026-03-02T10:00:00Z");
    requestId = (await call("POST", "/requests", { as: employee, body: { title: "Some title" } }))
      .body.id;
    await call("POST", `/requests/${requestId}/claim`, { as: agent });
    for (const body of ["first", "second", "third", "fourth"]) {
      await call("POST", `/requests/${requestId}/comments`, { as: employee, body: { body } });
    }
  });
  afterAll(() => app.close());

  /** The items of all pages of two, after checking that they are those of one large page. */
  async function all(path: string, as: Person): Promise<Item[]> {
    const join = path.includes("?") ? "&" : "?";
    const whole = await app.call("GET", `${path}${join}limit=100`, { as });
    expect(whole.body).toMatchObject({ nextCursor: null });
    const paged: Item[] = [];
    let cursor = "";
    do {
      const { status, body } = await app.call("GET", `${path}${join}limit=2${cursor}`, { as });
      expect(status).toBe(200);
      paged.push(...body.items);
      cursor = body.nextCursor === null ? "" : `&cursor=${encodeURIComponent(body.nextCursor)}`;
    } while (cursor !== "");
    expect(paged).toEqual(whole.body.items);
    return paged;
  }

  const PEOPLE = "Gus Gone, Bot, Otto Employee, Eve Employee, Olga Agent, Abe Agent, Ada Admin";
  it.each([
    ["", PEOPLE],
    ["role=AGENT", "Bot, Olga Agent, Abe Agent"],
    ["role=AGENT&kind=HUMAN", "Olga Agent, Abe Agent"],
    ["kind=BOT", "Bot"],
    ["active=false", "Gus Gone"],
    ["active=true&role=EMPLOYEE", "Otto Employee, Eve Employee"],
    ["email=EVE.Employee@Example.com", "Eve Employee"],
    ["email=nobody@example.com", ""],
  ])("users?%s are %s", async (query, expected) => {
    const names = (await all(`/users?${query}`, app.admin)).map(({ fullName }) => fullName);
    expect(names).toEqual(expected.split(", ").filter(Boolean));
  });

  it("agents see only users who work requests, with every filter", async () => {
    const names = async (query: string) =>
      (await all(`/users?${query}`, app.agent)).map(({ fullName }) => fullName);
    expect(await names("")).toEqual(["Bot", "Olga Agent", "Abe Agent", "Ada Admin"]);
    expect(await names("role=EMPLOYEE")).toEqual([]);
    expect(await names("email=eve.employee@example.com")).toEqual([]);
  });

  it("API keys are newest first, the same for their user and an administrator", async () => {
    const own = await all("/users/me/api-keys", app.employee);
    expect(own.map(({ name }) => name)).toEqual(["three", "two", "one", "default"]);
    expect(await all(`/users/${app.employee.id}/api-keys`, app.employee)).toEqual(own);
    expect(await all(`/users/${app.employee.id}/api-keys`, app.admin)).toEqual(own);
    expect((await all("/users/me/api-keys", app.otherEmployee)).map(({ name }) => name)).toEqual([
      "default",
    ]);
  });

  it.each([
    ["", "a-b general hr it travel"],
    ["active=true", "a-b general it travel"],
    ["active=false", "hr"],
  ])("categories?%s are %s", async (query, expected) => {
    const slugs = (await all(`/categories?${query}`, app.employee)).map(({ slug }) => slug);
    expect(slugs).toEqual(expected.split(" "));
  });

  it("comments and history are newest first", async () => {
    const comments = await all(`/requests/${requestId}/comments`, app.employee);
    expect(comments.map(({ body }) => body)).toEqual(["fourth", "third", "second", "first"]);
    const history = await all(`/requests/${requestId}/history`, app.employee);
    expect(history.map(({ action }) => action)).toEqual([
      ...Array.from({ length: 4 }, () => "comment.created"),
      "request.claimed",
      "request.created",
    ]);
    const times = history.map(({ occurredAt }) => occurredAt);
    expect(times).toEqual([...times].sort().reverse());
  });

  /** How many entries each filter of the log finds; `<bot>` is that person's id. */
  it.each([
    ["action=request.claimed", { "request.claimed": 1 }],
    ["action=request.claimed&actor=<employee>", {}],
    ["actor=<agent>", { "request.claimed": 1 }],
    ["actor=<employee>&action=api_key.issued", { "api_key.issued": 3 }],
    ["subject=<bot>", { "user.created": 1 }],
    ["subject=<gone>", { "user.created": 1, "user.updated": 1 }],
    ["subject=hr", { "category.created": 1, "category.updated": 1 }],
    ["subject=<request>", { "request.created": 1, "request.claimed": 1 }],
    [
      "serviceRequestId=<request>",
      { "request.created": 1, "request.claimed": 1, "comment.created": 4 },
    ],
    ["serviceRequestId=SF-999999", {}],
    ["serviceRequestId=nonsense", {}],
    [
      "occurredFrom=2026-03-02T10:00:00Z",
      { "request.created": 1, "request.claimed": 1, "comment.created": 4 },
    ],
    [
      "occurredFrom=2026-03-02T09:00:00Z&occurredTo=2026-03-02T10:00:00Z&actor=<admin>",
      {
        "user.updated": 1,
        "category.created": 4,
        "category.updated": 1,
      },
    ],
    ["occurredTo=2026-03-02T08:00:00Z", {}],
  ])("audit-logs?%s are %o", async (query, expected) => {
    const ids: Record<string, string> = {
      ...Object.fromEntries(
        (["admin", "agent", "employee"] as const).map((name) => [name, app[name].id]),
      ),
      bot: bot.id,
      gone: gone.id,
      request: requestId,
    };
    const filled = query.replaceAll(/<(\w+)>/g, (_, name: string) => ids[name] ?? "");
    const counts: Record<string, number> = {};
    for (const { action } of await all(`/audit-logs?${filled}`, app.admin)) {
      counts[String(action)] = (counts[String(action)] ?? 0) + 1;
    }
    expect(counts).toEqual(expected);
  });

  it("each entry of the log has the actor, the action, the subject, the API key and the call", async () => {
    const options = {
      as: app.agent,
      headers: { "x-request-id": "call-1", "user-agent": "test/1" },
    };
    const { headers } = await app.call("POST", `/requests/${requestId}/release`, options);
    const [entry] = await all(`/audit-logs?action=request.released`, app.admin);
    const [key] = await all("/users/me/api-keys", app.agent);
    expect(entry).toEqual({
      id: expect.stringMatching(/^evt_/),
      action: "request.released",
      actor: { id: app.agent.id, fullName: "Abe Agent" },
      subject: { type: "request", id: requestId },
      changes: { assigneeId: { from: app.agent.id, to: null } },
      reason: null,
      occurredAt: expect.stringMatching(/^2026-03-02T10:/),
      serviceRequestId: requestId,
      apiKeyId: key?.id,
      requestId: headers.get("x-request-id"),
      clientAddress: null,
      userAgent: "test/1",
      clientRequestId: "call-1",
      // No job seals while this test runs.
      position: null,
      sealed: false,
    });
  });
});
