import {
  type RequestCount,
  ServiceFlow,
  type ServiceRequest,
  type ServiceRequestSummary,
  type UserMatch,
} from "@serviceflow/sdk";
import { createQueries } from "@serviceflow/sdk/tanstack-query";
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

describe.each(ENGINES)("the SDK's lists and counts on %s", (engine) => {
  let app: TestApp;
  let employee: ServiceFlow;
  let agent: ServiceFlow;
  beforeAll(async () => {
    app = await openTestApp(engine);
    const as = (person: Person) =>
      new ServiceFlow({ baseUrl: "http://test", apiKey: person.key, fetch: app.fetch });
    employee = as(app.employee);
    agent = as(app.agent);
  });
  afterAll(() => app.close());

  it("count by the names of the filters, with the metadata of one response", async () => {
    const filed = await employee.requests.create({ title: "Count me", priority: "URGENT" });
    await agent.requests.claim(filed.id);
    const counts = await agent.requests.counts({
      urgent: { priority: "URGENT", status: ["NEW", "DONE"] },
      held: { assignee: ["me", "unavailable"] },
      closed: { closedFrom: "2026-01-01T00:00:00Z" },
    });
    expectTypeOf(counts).toEqualTypeOf<Record<"urgent" | "held" | "closed", RequestCount>>();
    // @ts-expect-error a name that was not asked for
    void counts.free;
    // @ts-expect-error a filter of no list
    void (() => agent.requests.counts({ all: { limit: 1 } }));
    expect(counts).toEqual({
      urgent: { count: 1, more: false },
      held: { count: 1, more: false },
      closed: { count: 0, more: false },
    });
    expect(await agent.requests.counts({})).toEqual({});

    const { data, response } = await agent.requests.counts({ all: {} }).withResponse();
    expect(data.all.count).toBeGreaterThan(0);
    expect(response).toMatchObject({ status: 200, requestId: expect.any(String) });
    const { queryKey, queryFn } = createQueries(agent).requests.counts({ all: {} });
    expect(queryKey.slice(2)).toEqual(["requests", "counts", { all: {} }]);
    expect(await queryFn({ signal: AbortSignal.timeout(60_000) })).toEqual(data);
  });

  it("have the fields that they are asked for, in types and values", async () => {
    const title = "A lamp for the stairs";
    await employee.requests.create({ title, description: "It is dark there." });
    const first = async <Item>(list: AsyncIterable<Item>): Promise<Item> => {
      for await (const item of list) return item;
      throw new Error("The list is empty.");
    };

    const summary = await first(employee.requests.list());
    expectTypeOf(summary).toEqualTypeOf<ServiceRequestSummary>();
    // @ts-expect-error left out unless it is asked for
    expect(summary.description).toBeUndefined();
    expect(summary.title).toBe(title);

    const whole = await first(
      employee.requests.list({ include: ["description", "followsUp", "followUps"] }),
    );
    expect([whole.description, whole.followsUp, whole.followUps]).toEqual([
      "It is dark there.",
      null,
      [],
    ]);
    const got: ServiceRequest = await employee.requests.get(whole.id);
    expect(whole).toEqual(got);

    const picked = await first(employee.requests.list({ fields: ["title", "status"] }));
    expectTypeOf(picked.title).toEqualTypeOf<string>();
    // @ts-expect-error not among the fields
    expect(picked.priority).toBeUndefined();
    expect(picked).toEqual({ id: got.id, title, status: "NEW" });
    // @ts-expect-error a field that no request has
    void (() => employee.requests.list({ fields: ["colour"] }));

    const both = await first(
      employee.requests.list({ fields: ["title"], include: ["description"] }),
    );
    expect(both).toEqual({ id: got.id, title, description: "It is dark there." });

    const titles: string[] = [];
    const oldest = agent.requests.list({ sort: "oldest", fields: ["title"], limit: 1 });
    for await (const each of oldest) titles.push(each.title);
    expect(titles.at(-1)).toBe(title);
  });

  it("find people by their names, and one by the whole address", async () => {
    const { id, fullName } = await employee.users.me();
    const named = await agent.users.search({ q: fullName.slice(0, -1) });
    expectTypeOf(named.items).toEqualTypeOf<UserMatch[]>();
    expect(named.items).toContainEqual({ id, fullName, email: null, role: null });
    expect(named.nextCursor).toBeNull();
    const { email } = await employee.users.me();
    expect((await agent.users.search({ q: email.toUpperCase() })).items).toEqual([
      { id, fullName, email, role: null },
    ]);
    expect((await agent.users.search({ q: "nobody of this name" })).items).toEqual([]);
    await expect(employee.users.search({ q: fullName })).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it("keep unread what has happened since a request was fetched", async () => {
    const { id } = await employee.requests.create({ title: "Read me" });
    await agent.comments.create(id, { body: "On it" });
    const unread = async () => {
      const list = await Array.fromAsync(
        employee.requests.list({ unread: true, fields: ["unread"] }),
      );
      return list.filter((each) => each.id === id);
    };
    const before = await employee.requests.get(id);
    expect(before.unread).toBe(true);
    expect(await unread()).toEqual([{ id, unread: true }]);

    await agent.comments.create(id, { body: "Done soon" });
    expect((await employee.requests.markRead(before)).unread).toBe(true);
    expect((await employee.requests.markRead(id, { dryRun: true })).unread).toBe(false);
    expect(await unread()).toHaveLength(1);

    const now = await employee.requests.get(id);
    const read = await employee.requests.markRead(now);
    expect(read).toMatchObject({ unread: false, version: before.version });
    expect(await unread()).toEqual([]);
    expect((await employee.requests.markUnread(id)).unread).toBe(true);
    const { missed } = await employee.requests.counts({
      missed: { unread: true, participant: "me" },
    });
    expect(missed.count).toBeGreaterThan(0);
    expect((await employee.requests.markRead(id)).unread).toBe(false);
  });
});
