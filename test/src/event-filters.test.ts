import { createServices } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { ENGINES, testLog } from "./harness/databases.ts";
import { EventReader } from "./harness/event-reader.ts";
import { invoke, TRANSPORTS } from "./harness/operation.ts";
import { expectInvalid } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { type Answer, openTestApp, type Person, type TestApp } from "./harness/test-app.ts";
import { waitFor } from "./harness/waiting.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are asserted field by field
type Json = any;

describe.each(ENGINES)("filters of the feed on %s", (engine) => {
  let app: TestApp;
  let bot: Person;
  /** By the employee: claimed and moved to another category, then released. */
  let moved: string;
  /** By the other employee: claimed by the other agent, commented on by the agent. */
  let theirs: string;
  /** By the bot for the employee: nobody took it up. */
  let left: string;
  let begin: string;
  /** What a filter finds while there is no event of a request yet, but of users and categories. */
  let atFirst: Answer;

  beforeAll(async () => {
    app = await openTestApp(engine);
    const { admin, agent, otherAgent, employee, otherEmployee } = app;
    bot = await app.addUser({ fullName: "Bot", email: "bot@example.com", kind: "BOT" });
    await ok("POST", "/categories", admin, { slug: "roof", name: "Roof" });
    atFirst = await app.call("GET", "/events?category=general", { as: admin });
    begin = (await ok("GET", "/events?after=now", admin)).nextCursor;
    moved = (await ok("POST", "/requests", employee, { title: "A leak" })).id;
    theirs = (await ok("POST", "/requests", otherEmployee, { title: "A chair", category: "roof" }))
      .id;
    await ok("POST", `/requests/${moved}/claim`, agent);
    await ok("PATCH", `/requests/${moved}`, agent, { category: "roof" });
    await ok("POST", `/requests/${theirs}/claim`, otherAgent);
    await ok("POST", `/requests/${moved}/release`, agent);
    await ok("POST", `/requests/${theirs}/comments`, agent, { body: "Hm", visibility: "INTERNAL" });
    left = (await ok("POST", "/requests", bot, { title: "An alarm", requesterId: employee.id })).id;
    await ok("PATCH", `/users/${app.otherAgent.id}`, admin, { fullName: "Olga" });
  });
  afterAll(() => app.close());

  async function ok(method: string, path: string, as: Person, body?: object): Promise<Json> {
    const answer = await app.call(method, path, { as, ...(body ? { body } : {}) });
    expect(answer.status).toBeLessThan(300);
    return answer.body;
  }

  const told = (items: readonly Json[]) =>
    items.map(({ type, serviceRequestId }) => `${type} ${serviceRequestId}`);
  const list = (as: Person, query: string, after = begin) =>
    ok("GET", `/events?after=${after}&limit=100&${query}`, as);
  const found = async (as: Person, query: string) => told((await list(as, query)).items);

  /** All events since the beginning of the test, as an agent sees them without a filter. */
  const ALL = () => [
    `request.created ${moved}`,
    `request.created ${theirs}`,
    `request.claimed ${moved}`,
    `request.updated ${moved}`,
    `request.claimed ${theirs}`,
    `request.released ${moved}`,
    `comment.created ${theirs}`,
    `request.created ${left}`,
  ];
  const at = (...indexes: number[]) => indexes.map((index) => ALL()[index]);

  it("find nothing before there is an event of a request", () => {
    expect(atFirst).toMatchObject({ status: 200, body: { items: [], hasMore: false } });
  });

  it("are about events of requests: without one, nothing is missing", async () => {
    expect(await found(app.agent, "")).toEqual(ALL());
    expect(await found(app.admin, "assignee=none&assignee=me")).toEqual(at(0, 1, 5, 7));
  });

  it("request: those of one, however its id is written", async () => {
    expect(await found(app.agent, `request=${moved}`)).toEqual(at(0, 2, 3, 5));
    expect(await found(app.agent, `request=${moved.toLowerCase()}`)).toEqual(at(0, 2, 3, 5));
    expect(await found(app.otherEmployee, `request=${theirs}`)).toEqual(at(1, 4));
  });

  it("category and assignee: where the event left the request", async () => {
    expect(await found(app.agent, "category=roof")).toEqual(at(1, 3, 4, 5, 6));
    expect(await found(app.agent, "category=general")).toEqual(at(0, 2, 7));
    expect(await found(app.agent, "category=roof&category=general")).toEqual(ALL());
    expect(await found(app.agent, "assignee=me")).toEqual(at(2, 3));
    expect(await found(app.agent, `assignee=${app.otherAgent.id}`)).toEqual(at(4, 6));
    expect(await found(app.agent, `assignee=me&assignee=${app.otherAgent.id}`)).toEqual(
      at(2, 3, 4, 6),
    );
    expect(await found(app.agent, "assignee=none")).toEqual(at(0, 1, 5, 7));
    expect(await found(app.agent, `assignee=none&assignee=${app.otherAgent.id}`)).toEqual(
      at(0, 1, 4, 5, 6, 7),
    );
  });

  it("concerning: those of requests that one filed, received or commented on, also before", async () => {
    expect(await found(app.agent, "concerning=me")).toEqual(ALL().slice(0, -1));
    expect(await found(app.otherAgent, "concerning=me")).toEqual(at(1, 4, 6));
    expect(await found(app.admin, "concerning=me")).toEqual([]);
    expect(await found(app.employee, "concerning=me")).toEqual(at(0, 2, 3, 5, 7));
    expect(await found(bot, "concerning=me")).toEqual(at(7));
  });

  it("are combined: all must match", async () => {
    const { agent, otherAgent } = app;
    expect(await found(agent, "concerning=me&category=roof&assignee=me")).toEqual(at(3));
    expect(await found(agent, `request=${theirs}&assignee=${otherAgent.id}`)).toEqual(at(4, 6));
    expect(await found(agent, "category=roof&assignee=none")).toEqual(at(1, 5));
    expect(await found(agent, `concerning=me&request=${left}`)).toEqual([]);
    expect(await found(agent, "type=request.created&category=roof")).toEqual(at(1));
    expect(await found(otherAgent, "concerning=me&type=comment.created")).toEqual(at(6));
  });

  it("find nothing of what one may not see, as of what does not exist", async () => {
    const { employee, agent, otherAgent } = app;
    expect(await found(employee, "category=roof")).toEqual(at(3, 5));
    expect(await found(employee, `assignee=${agent.id}`)).toEqual(at(2, 3));
    expect(await found(employee, `assignee=${otherAgent.id}`)).toEqual([]);
    const unseen = await list(employee, `request=${theirs}`);
    expect(unseen).toEqual(await list(employee, "request=SF-999999999"));
    expect(unseen).toEqual(await list(employee, "request=SF-9999999999"));
    expect(unseen).toMatchObject({ items: [], hasMore: false });
  });

  it("have a page of any size end where one reads on, and cursors that any filter takes", async () => {
    for (const [as, query] of [
      [app.agent, "category=roof"],
      [app.agent, "concerning=me"],
      [app.agent, "assignee=none&assignee=me"],
      [app.employee, "category=general&category=roof"],
    ] as const) {
      const { items: whole, nextCursor: end } = await list(as, query);
      const places = [...whole.map(({ cursor }: Json) => cursor), end];
      const walked: Json[] = [];
      let page = await ok("GET", `/events?after=${begin}&limit=1&${query}`, as);
      for (;;) {
        walked.push(...page.items);
        // Any other would tell where events are that the reader may not see.
        expect(places).toContain(page.nextCursor);
        if (!page.hasMore) break;
        page = await ok("GET", `/events?after=${page.nextCursor}&limit=1&${query}`, as);
      }
      expect(walked).toEqual(whole);
      const { items } = await list(app.agent, "", whole[0].cursor);
      expect(told(items)).toEqual(ALL().slice(-items.length));
    }
    const end = (await list(app.agent, "")).nextCursor;
    expect((await list(app.employee, "category=roof")).nextCursor).toBe(end);
  });

  it("are the same over tRPC", async () => {
    const input = { after: begin, category: ["roof", "general"], assignee: "none", limit: 100 };
    const [rest, trpc] = await Promise.all(
      TRANSPORTS.map((one) => invoke(app, one, "events.list", input, { as: app.agent })),
    );
    expect(rest?.body.items).toHaveLength(4);
    expect(trpc?.body).toEqual(rest?.body);
  });

  it.each([
    ["concerning=you", "/concerning", "invalid_value"],
    ["request=42", "/request", "invalid_format"],
    ["request=SF-0", "/request", "invalid_format"],
    ["category=No%20slug", "/category", "invalid_format"],
    ["assignee=somebody", "/assignee", "invalid_format"],
    ["assignee=unavailable", "/assignee", "invalid_format"],
  ])("refuse %s by its field", async (query, pointer, code) => {
    for (const path of ["/events", "/events/stream"]) {
      const answer = await app.call("GET", `${path}?${query}`, { as: app.agent });
      expectInvalid(answer, [{ pointer, code }]);
    }
  });

  it("hold for what an earlier build has sealed, and for entries without what went before", async () => {
    const sql = (text: string) => runSql(app.database.db, text);
    const before = await list(app.agent, "category=roof");
    await sql("delete from request_events");
    await sql("update request_events_end set position = 0");
    const { background } = createServices(app.database.db, testLog);
    await background.jobs.find(({ name }) => name === "index the events of requests")?.run();
    expect(await sql("select from request_events")).not.toEqual([]);
    expect(await list(app.agent, "category=roof")).toEqual(before);
    const from = before.items.find(({ type }: Json) => type === "request.updated").cursor;
    const position = Buffer.from(from, "base64url").readBigUInt64BE();
    await sql("delete from request_events");
    await sql(`update request_events_end set position = ${position}`);
    expect(await found(app.agent, "category=roof")).toEqual(at(4, 5, 6));
  });

  it("are followed live, each reader's own", async () => {
    const { agent, otherAgent, employee, admin } = app;
    const open = async (as: Person, query: string) => {
      const answer = await app.fetch(`http://test/api/v1/events/stream?${query}`, {
        headers: { "x-api-key": as.key },
      });
      const reader = await EventReader.of(answer);
      onTestFinished(() => reader.close());
      return reader;
    };
    const readers = {
      mine: await open(agent, "concerning=me"),
      roof: await open(otherAgent, "category=roof&type=comment.created"),
      free: await open(admin, "assignee=none"),
      own: await open(employee, "concerning=me&category=general"),
      past: await open(otherAgent, `after=${begin}&assignee=me`),
    };
    const file = async (title: string, category: string, as = employee) =>
      (await ok("POST", "/requests", as, { title, category })).id;
    const dull = await file("Dull", "general");
    const wet = await file("Wet", "roof", app.otherEmployee);
    await ok("POST", `/requests/${wet}/comments`, agent, { body: "Drip" });
    await ok("POST", `/requests/${dull}/comments`, agent, { body: "Psst", visibility: "INTERNAL" });
    await ok("POST", `/requests/${dull}/claim`, otherAgent);
    const last = await file("Last", "general");
    await ok("POST", `/requests/${last}/claim`, agent);
    const until = async (reader: EventReader, end: string) => {
      const events: string[] = [];
      while (events.at(-1) !== end) {
        const event = await waitFor(`${end} after ${events}`, reader.event());
        events.push(`${event.type} ${event.serviceRequestId}`);
      }
      return events;
    };
    const [mine, roof, free, own, past] = await Promise.all([
      until(readers.mine, `request.claimed ${last}`),
      until(readers.roof, `comment.created ${wet}`),
      until(readers.free, `request.created ${last}`),
      until(readers.own, `request.claimed ${last}`),
      until(readers.past, `request.claimed ${dull}`),
    ]);
    expect(roof).toEqual([`comment.created ${wet}`]);
    expect(free).toEqual([
      ...[`request.created ${dull}`, `request.created ${wet}`, `comment.created ${wet}`],
      ...[`comment.created ${dull}`, `request.created ${last}`],
    ]);
    expect(own).toEqual([
      ...[`request.created ${dull}`, `request.claimed ${dull}`],
      ...[`request.created ${last}`, `request.claimed ${last}`],
    ]);
    expect(past).toEqual([
      `request.claimed ${theirs}`,
      `comment.created ${theirs}`,
      `request.claimed ${dull}`,
    ]);
    // What was filed before the agent took part may have been read before they did.
    expect(mine.filter((event) => !event.startsWith("request.created"))).toEqual([
      ...[`comment.created ${wet}`, `comment.created ${dull}`],
      ...[`request.claimed ${dull}`, `request.claimed ${last}`],
    ]);
  });
});
