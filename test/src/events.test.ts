import { EVENT_TYPES } from "@serviceflow/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { ENGINES } from "./harness/databases.ts";
import { invoke, TRANSPORTS } from "./harness/operation.ts";
import { expectProblem } from "./harness/problem.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are asserted field by field
type Json = any;

/** What is a reader's own of a request, which events leave out. */
const SHARED = { unread: null, readUpTo: null, followUps: null };

describe.each(ENGINES)("the event feed on %s", (engine) => {
  let app: TestApp;
  let begin: string;
  let requestId: string;
  let claimId: string;
  let keyId: string;

  beforeAll(async () => {
    app = await openTestApp(engine);
    const { call, admin, agent, employee, otherEmployee } = app;
    keyId = (await call("GET", "/users/me/api-keys", { as: agent })).body.items[0].id;
    await allSealed(app.database.db);
    begin = (await call("GET", "/events?after=now", { as: admin })).body.nextCursor;
    const file = async (as: Person, title: string) =>
      (await call("POST", "/requests", { as, body: { title } })).body.id;
    requestId = await file(employee, "Broken screen");
    await file(otherEmployee, "Private matter");
    const path = `/requests/${requestId}`;
    const claimed = await call("POST", `${path}/claim`, { as: agent });
    claimId = claimed.headers.get("x-request-id") ?? "";
    const say = (visibility: string, body: string) =>
      call("POST", `${path}/comments`, { as: agent, body: { body, visibility } });
    await say("PUBLIC", "On my way");
    await say("INTERNAL", "Dropped again");
    await call("PATCH", `${path}/status`, { as: agent, body: { status: "IN_PROGRESS" } });
    await call("PATCH", `${path}/status`, { as: agent, body: { status: "DONE" } });
    await call("PATCH", `/users/${app.otherAgent.id}`, { as: admin, body: { fullName: "Olga" } });
    await call("POST", "/categories", { as: admin, body: { slug: "roof", name: "Roof" } });
    const key = await call("POST", "/users/me/api-keys", { as: employee, body: { name: "Spare" } });
    await call("DELETE", `/api-keys/${key.body.id}`, { as: employee });
    const hook = { url: "https://bot.example.com/" };
    const { id } = (await call("POST", "/webhooks", { as: admin, body: hook })).body;
    await call("DELETE", `/webhooks/${id}`, { as: admin });
    await allSealed(app.database.db);
  });
  afterAll(() => app.close());

  const read = async (as: Person, query: string) => {
    await allSealed(app.database.db);
    const { status, body } = await app.call("GET", `/events?${query}`, { as });
    expect(status).toBe(200);
    return body as Json;
  };
  const all = (as: Person, more = "") => read(as, `after=${begin}&limit=100${more}`);
  const types = (page: Json) => page.items.map(({ type }: Json) => type);

  const OF_THE_REQUEST = [
    "request.created",
    "request.claimed",
    "comment.created",
    "request.transitioned",
    "request.transitioned",
  ];
  const SEEN_BY_AGENTS = [
    "request.created",
    "request.created",
    "request.claimed",
    "comment.created",
    "comment.created",
    "request.transitioned",
    "request.transitioned",
    "category.created",
  ];

  it("shows all events to an administrator, oldest first", async () => {
    expect(types(await all(app.admin))).toEqual([
      ...SEEN_BY_AGENTS.slice(0, -1),
      "user.updated",
      "category.created",
      "api_key.issued",
      "api_key.revoked",
      "webhook.created",
      "webhook.deleted",
    ]);
  });

  it("shows an agent the events of requests, comments and categories", async () => {
    expect(types(await all(app.agent))).toEqual(SEEN_BY_AGENTS);
  });

  it("shows an employee the events of their own requests and of categories, and no internal comment", async () => {
    const mine = await all(app.employee);
    expect(types(mine)).toEqual([...OF_THE_REQUEST, "category.created"]);
    expect(JSON.stringify(mine)).not.toMatch(/Dropped again|INTERNAL|Private matter/);
    expect(types(await all(app.otherEmployee))).toEqual(["request.created", "category.created"]);
  });

  it("shows an administrator whose key lacks the scope admin the same as an agent", async () => {
    const body = { name: "Narrow", scopes: ["requests:read"] };
    const issued = await app.call("POST", "/users/me/api-keys", { as: app.admin, body });
    const narrow = { ...app.admin, key: issued.body.apiKey };
    expect(types(await all(narrow))).toEqual(SEEN_BY_AGENTS);
  });

  it("has the actor, the subject, the call and the current state", async () => {
    const { items } = await all(app.agent, "&type=request.claimed");
    const { agent } = app;
    expect(items).toEqual([
      {
        id: expect.stringMatching(/^evt_\w{26}$/),
        type: "request.claimed",
        cursor: expect.stringMatching(/^[\w-]{19}$/),
        occurredAt: expect.stringMatching(/^\d{4}-.*Z$/),
        actor: { id: agent.id, fullName: agent.fullName },
        subject: { type: "request", id: requestId },
        serviceRequestId: requestId,
        changes: { assigneeId: { from: null, to: agent.id } },
        reason: null,
        causedBy: { apiKeyId: keyId, requestId: claimId },
        request: expect.objectContaining({ id: requestId, status: "DONE" }),
      },
    ]);
    const one = (await app.call("GET", `/requests/${requestId}`, { as: agent })).body;
    expect(items[0].request).toEqual({ ...one, ...SHARED });
  });

  it("shows each reader the request with their own allowed actions", async () => {
    for (const as of [app.admin, app.agent, app.employee]) {
      const { items } = await all(as, "&type=request.created");
      const event = items.find(({ subject }: Json) => subject.id === requestId);
      const { body } = await app.call("GET", `/requests/${requestId}`, { as });
      expect(event.request).toEqual({ ...body, ...SHARED });
    }
  });

  it("includes each subject, and null for a deleted one", async () => {
    const { items } = await all(app.admin);
    const of = (type: string) => items.find((event: Json) => event.type === type);
    expect(of("comment.created")).toMatchObject({
      comment: { body: "On my way", serviceRequestId: requestId, visibility: "PUBLIC" },
      request: { id: requestId },
    });
    expect(of("user.updated").user).toMatchObject({ fullName: "Olga", role: "AGENT" });
    expect(of("category.created").category).toMatchObject({ slug: "roof", name: "Roof" });
    expect(of("api_key.issued").apiKey).toMatchObject({ name: "Spare" });
    expect(of("api_key.revoked").apiKey.revokedAt).not.toBeNull();
    expect(of("webhook.created").webhook).toBeNull();
    expect(JSON.stringify(items)).not.toMatch(/whsec_|"sf_[0-9A-Za-z]{49}/);
  });

  it("resumes after any cursor, in pages of any size, without duplicates or gaps", async () => {
    for (const as of [app.admin, app.employee]) {
      const whole = (await read(as, "limit=100")).items;
      const walked: Json[] = [];
      let page = await read(as, "limit=3");
      for (;;) {
        walked.push(...page.items);
        if (!page.hasMore) break;
        page = await read(as, `after=${page.nextCursor}&limit=3`);
      }
      expect(walked).toEqual(whole);
      for (const [index, { cursor }] of whole.entries()) {
        expect((await read(as, `after=${cursor}&limit=100`)).items).toEqual(whole.slice(index + 1));
      }
    }
  });

  it("starts at the first event or at the present", async () => {
    const { agent, admin, employee } = app;
    expect(await read(admin, "limit=5")).toEqual(await read(admin, "after=start&limit=5"));
    expect(types(await read(admin, "limit=1"))).toEqual(["user.bootstrapped"]);
    const end = await read(agent, "after=now");
    expect(end).toMatchObject({ items: [], hasMore: false });
    expect(await read(agent, `after=${end.nextCursor}`)).toEqual(end);
    await app.call("POST", "/requests", { as: employee, body: { title: "What comes" } });
    const next = await read(agent, `after=${end.nextCursor}`);
    expect(next.items).toMatchObject([{ request: { title: "What comes" } }]);
    expect(next.items[0].cursor).toBe(next.nextCursor);
  });

  it("can be filtered by type", async () => {
    const some = await all(app.agent, "&type=request.claimed&type=comment.created");
    expect(types(some)).toEqual(["request.claimed", "comment.created", "comment.created"]);
    expect(some.hasMore).toBe(false);
    expect(types(await all(app.agent, "&type=user.updated"))).toEqual([]);
  });

  it("links to the next page if there is one", async () => {
    const { admin, call } = app;
    const first = await call("GET", "/events?limit=2&type=user.created", { as: admin });
    const { nextCursor } = first.body;
    expect(first.headers.get("link")).toBe(
      `</api/v1/events?limit=2&type=user.created&after=${nextCursor}>; rel="next"`,
    );
    const last = await call("GET", "/events?after=now", { as: admin });
    expect(last.headers.get("link")).toBeNull();
  });

  it("is the same over tRPC", async () => {
    const input = { after: begin, limit: 100, type: ["request.created", "user.updated"] };
    const [rest, trpc] = [
      await invoke(app, "rest", "events.list", input, { as: app.admin }),
      await invoke(app, "trpc", "events.list", input, { as: app.admin }),
    ];
    expect(trpc.body).toEqual(rest.body);
    expect(rest.body.items.length).toBeGreaterThan(1);
  });

  it.each(["", "x", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAA", "__________________8", "%00", "start "])(
    "refuses the cursor %j, by the field that it came in",
    async (after) => {
      for (const path of ["/events", "/events/stream"]) {
        const query = `after=${after.startsWith("%") ? after : encodeURIComponent(after)}`;
        const answer = await app.call("GET", `${path}?${query}`, { as: app.agent });
        expectProblem(answer, "validation_failed");
        expect(answer.body.errors[0].pointer).toBe("/after");
      }
    },
  );

  it("refuses a cursor of another log and one from the future", async () => {
    const there = Buffer.from(begin, "base64url");
    const other = Buffer.from(there);
    other.writeUInt8(other.readUInt8(13) ^ 1, 13);
    const ahead = Buffer.from(there);
    ahead.writeUInt32BE(4_000_000, 4);
    for (const cursor of [other, ahead]) {
      for (const transport of TRANSPORTS) {
        for (const name of ["events.list", "events.stream"]) {
          const input = { after: cursor.toString("base64url") };
          const answer = await invoke(app, transport, name, input, { as: app.agent });
          expect(answer.status).toBe(410);
          expectProblem(answer, "cursor_unknown");
        }
      }
    }
  });

  it("has a schema and a webhook in the OpenAPI document for every type", async () => {
    const response = await app.fetch("http://test/openapi.json");
    const document = (await response.json()) as Json;
    expect(Object.keys(document.webhooks).sort()).toEqual([...EVENT_TYPES].sort());
    const members =
      document.components.schemas.Event.oneOf ?? document.components.schemas.Event.anyOf;
    expect(members).toHaveLength(EVENT_TYPES.length);
  });
});
