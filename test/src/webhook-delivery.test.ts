import type { ServerResponse } from "node:http";
import { createLogger, type RunningServer, readConfig, serveOn } from "@serviceflow/server";
import { Webhook as Verifier } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { ENGINES, freshDatabase, type TestDatabase } from "./harness/databases.ts";
import { addPeople } from "./harness/people.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { type Received, Receiver } from "./harness/receiver.ts";
import { BOOTSTRAP_KEY, caller, type Person, type TestApp } from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are asserted field by field
type Json = any;

describe.each(ENGINES)("webhook deliveries on %s", (engine) => {
  let database: TestDatabase;
  let server: RunningServer;
  let call: TestApp["call"];
  let admin: Person;
  let agent: Person;
  const receivers: Receiver[] = [];
  /** The lines of the server's log. */
  const logged: Json[] = [];

  beforeAll(async () => {
    database = await freshDatabase(engine);
    const settings = {
      PORT: "0",
      ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
      RATE_LIMIT_PER_MINUTE: "0",
      WEBHOOK_ALLOW_HTTP: "true",
      // A message that is held back must not be sent again on a busy machine.
      WEBHOOK_TIMEOUT_SECONDS: "60",
      WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8",
    };
    const log = createLogger("info", false, {
      write: (line) => void logged.push(JSON.parse(line)),
    });
    server = await serveOn(database.db, readConfig(settings, false), log);
    call = caller(fetch, `${server.url}/api/v1`);
    const people = await addPeople(server.url);
    admin = people.admin;
    agent = people.agents[0] as Person;
  });
  afterAll(async () => {
    for (const receiver of receivers) await receiver.close();
    await server.close();
    if (engine === "postgres") await database.drop().catch(() => {});
  });

  /** A webhook that receives events from now on. */
  async function hook(settings: Json = {}): Promise<{ receiver: Receiver; webhook: Json }> {
    await allSealed(database.db);
    const receiver = await Receiver.open();
    receivers.push(receiver);
    const body = { url: receiver.url, eventTypes: ["request.created"], ...settings };
    const made = await call("POST", "/webhooks", { as: admin, body });
    expect(made.status).toBe(201);
    return { receiver, webhook: made.body };
  }

  const file = async (title: string): Promise<Json> =>
    (await call("POST", "/requests", { as: agent, body: { title } })).body;
  const command = (webhook: Json, verb: string, body: Json = undefined) =>
    call("POST", `/webhooks/${webhook.id}/${verb}`, { as: admin, body });
  const patch = (webhook: Json, body: Json) =>
    call("PATCH", `/webhooks/${webhook.id}`, { as: admin, body });
  const deliveries = async (webhook: Json): Promise<Json[]> =>
    (await call("GET", `/webhooks/${webhook.id}/deliveries?limit=100`, { as: admin })).body.items;
  const get = async (webhook: Json): Promise<Json> =>
    (await call("GET", `/webhooks/${webhook.id}`, { as: admin })).body;
  const titles = (messages: readonly Received[]) =>
    messages.map(({ body }) => body.data.request?.title);
  const messages = (receiver: Receiver, count: number) =>
    waitFor(
      `${count} messages`,
      receiver.until(({ length }) => length >= count),
    );

  /** Waits until the newest deliveries are as they should be. */
  async function settled(webhook: Json, isSettled: (items: Json[]) => boolean): Promise<Json[]> {
    let items: Json[] = [];
    await waitUntil("deliveries to settle", async () => {
      items = await deliveries(webhook);
      return isSettled(items);
    });
    return items;
  }

  /** As if the time for the next attempt had come. */
  const hurry = () =>
    runSql(
      database.db,
      "update webhook_deliveries set next_attempt_at = now() where status = 'PENDING'",
    );

  it("contain the event of the feed, signed as Standard Webhooks require", async () => {
    const { receiver, webhook } = await hook();
    const made = await file("Signed");
    await messages(receiver, 1);
    const [message] = receiver.messages as [Received];
    expect(new Verifier(webhook.secret).verify(message.text, message.headers)).toEqual(
      message.body,
    );
    expect(() =>
      new Verifier(webhook.secret).verify(`${message.text} `, message.headers),
    ).toThrow();
    expect(message.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": expect.stringMatching(/^ServiceFlow\/\d/),
    });
    const { items } = (await call("GET", "/events?type=request.created&limit=100", { as: admin }))
      .body;
    const event = items.at(-1);
    expect(message.id).toBe(event.id);
    expect(message.body).toEqual({
      type: "request.created",
      timestamp: event.occurredAt,
      data: {
        ...event,
        request: { ...made, unread: null, readUpTo: null, followUps: null, allowedActions: [] },
      },
      omitted: [],
    });
  });

  it("are of the webhook's types, with internal comments only if it includes them", async () => {
    const some = await hook({ eventTypes: ["comment.created"] });
    const more = await hook({ eventTypes: ["comment.created"], includeInternal: true });
    const { id } = await file("Commented");
    for (const [body, visibility] of [
      ["Hidden", "INTERNAL"],
      ["Shown", "PUBLIC"],
    ]) {
      await call("POST", `/requests/${id}/comments`, { as: agent, body: { body, visibility } });
    }
    await Promise.all([messages(some.receiver, 1), messages(more.receiver, 2)]);
    const bodies = ({ receiver }: { receiver: Receiver }) =>
      receiver.messages.map(({ body }) => body.data.comment.body);
    expect(bodies(more)).toEqual(["Hidden", "Shown"]);
    expect(bodies(some)).toEqual(["Shown"]);
  });

  it("are sent eight at a time, and those of a request one at a time in the order of the log", async () => {
    const { receiver } = await hook({ eventTypes: ["request.created", "request.updated"] });
    const held: ServerResponse[] = [];
    receiver.answer = (response) => held.push(response);
    const requests: string[] = [];
    for (let index = 0; index < 10; index += 1) {
      const { id } = await file(`Number ${index}`);
      for (const title of ["Changed", "Changed again"]) {
        await call("PATCH", `/requests/${id}`, { as: agent, body: { title } });
      }
      requests.push(id);
    }
    const eventsOf = (id: string) =>
      receiver.messages.filter(({ body }) => body.data.subject.id === id);
    await messages(receiver, 8);
    for (const id of requests.slice(0, 8)) expect(eventsOf(id)).toHaveLength(1);
    receiver.answer = (response) => void setImmediate(() => response.writeHead(204).end());
    for (const response of held) response.writeHead(204).end();
    await messages(receiver, 30);
    for (const id of requests) {
      const changes = eventsOf(id).map(({ body }) => body.data.changes.title.to);
      expect(changes.slice(1)).toEqual(["Changed", "Changed again"]);
    }
    expect(receiver.messages).toHaveLength(30);
    expect(receiver.mostAtOnce).toBe(8);
  });

  it("are signed with both secrets during an overlap, and with the new one only without overlap", async () => {
    const { receiver, webhook } = await hook();
    const rotated = (await command(webhook, "rotate")).body;
    expect(rotated.secret).not.toBe(webhook.secret);
    await file("While both count");
    await messages(receiver, 1);
    const both = receiver.messages[0] as Received;
    expect(both.signature.split(" ")).toHaveLength(2);
    for (const { secret } of [webhook, rotated]) {
      expect(() => new Verifier(secret).verify(both.text, both.headers)).not.toThrow();
    }
    const leaked = (await command(webhook, "rotate", { overlapSeconds: 0 })).body;
    await file("After the leak");
    await messages(receiver, 2);
    const one = receiver.messages[1] as Received;
    expect(one.signature.split(" ")).toHaveLength(1);
    expect(() => new Verifier(leaked.secret).verify(one.text, one.headers)).not.toThrow();
    expect(() => new Verifier(rotated.secret).verify(one.text, one.headers)).toThrow();
  });

  it("can be tested with a ping, which reaches that webhook only", async () => {
    const [one, other] = [await hook(), await hook({ eventTypes: [] })];
    const pinged = await command(one.webhook, "ping");
    expect(pinged.status).toBe(200);
    await messages(one.receiver, 1);
    expect(one.receiver.messages[0]?.body).toMatchObject({
      type: "webhook.pinged",
      data: { subject: { id: one.webhook.id }, webhook: { id: one.webhook.id } },
    });
    expect(one.receiver.messages[0]?.text).not.toContain("whsec_");
    await file("For all");
    await messages(other.receiver, 1);
    await other.receiver.until((all) => titles(all).includes("For all"));
    expect(other.receiver.messages.map(({ body }) => body.type)).not.toContain("webhook.pinged");
  });

  it("that fail are retried after 5 to 10 s without blocking others, and their outcome is shown", async () => {
    const { receiver, webhook } = await hook();
    receiver.answer = (response, { body }) =>
      body.data.request.title === "Refused"
        ? response.writeHead(500).end(`Sorry${"!".repeat(5_000)}\0`)
        : response.writeHead(200).end("Thanks");
    await file("Refused");
    await file("Taken");
    await messages(receiver, 2);
    const [taken, refused] = await settled(webhook, ([newest]) => newest?.status === "DELIVERED");
    expect(taken).toMatchObject({
      attempts: 1,
      responseStatus: 200,
      responseBody: "Thanks",
      error: null,
    });
    const first = receiver.messages.find(({ body }) => body.data.request.title === "Refused");
    expect(refused).toMatchObject({
      id: expect.stringMatching(/^dlv_/),
      webhookId: webhook.id,
      eventId: first?.id,
      eventType: "request.created",
      serviceRequestId: first?.body.data.request.id,
      cursor: first?.body.data.cursor,
      status: "PENDING",
      attempts: 1,
      responseStatus: 500,
      error: null,
    });
    expect(refused.responseBody).toHaveLength(1024);
    expect(refused.durationMs).toBeGreaterThanOrEqual(0);
    const wait = Date.parse(refused.nextAttemptAt) - Date.parse(refused.lastAttemptAt);
    expect(wait).toBeGreaterThanOrEqual(5_000);
    expect(wait).toBeLessThanOrEqual(10_000);

    receiver.answer = (response) => response.writeHead(204).end();
    await hurry();
    await messages(receiver, 3);
    expect(receiver.messages[2]?.id).toBe(first?.id);
    const [, again] = await settled(webhook, (items) => items[1]?.status === "DELIVERED");
    expect(again).toMatchObject({ attempts: 2, responseStatus: 204, nextAttemptAt: null });

    // Why it came late: each attempt is kept, and logged.
    const path = `/webhooks/${webhook.id}/deliveries/${again.id}`;
    const { status, body: explained } = await call("GET", path, { as: admin });
    const { history, occurredAt, ...shown } = explained;
    expect({ status, shown }).toEqual({ status: 200, shown: again });
    expect(occurredAt).toBe(first?.body.data.occurredAt);
    const attempt = { durationMs: expect.any(Number), error: null };
    expect(history).toEqual([
      { ...attempt, number: 1, responseStatus: 500, endedAt: refused.lastAttemptAt },
      { ...attempt, number: 2, responseStatus: 204, endedAt: again.lastAttemptAt },
    ]);
    const lines = logged.filter(({ delivery }) => delivery === again.id);
    const line = { webhook: webhook.id, event: again.eventId, durationMs: expect.any(Number) };
    expect(lines).toEqual([
      expect.objectContaining({ ...line, attempt: 1, outcome: "retried", status: 500 }),
      expect.objectContaining({ ...line, attempt: 2, outcome: "delivered", status: 204 }),
    ]);
    expect(lines[0]?.nextInMs).toBe(wait);
    const text = await server.services.metrics.text();
    expect(text).toMatch(/^serviceflow_webhook_attempts_total\{outcome="retried"\} [1-9]/m);
    expect(text).toMatch(/^serviceflow_webhook_delivery_seconds_count [1-9]/m);
    const other = (await hook()).webhook;
    for (const unknown of [`/webhooks/${other.id}/deliveries/${again.id}`, `${path}x`]) {
      expectProblem(await call("GET", unknown, { as: admin }), "not_found");
    }
    expectProblem(await call("GET", path, { as: agent }), "forbidden");
    // Its deliveries are removed later, in batches.
    await call("DELETE", `/webhooks/${webhook.id}`, { as: admin });
    expectProblem(await call("GET", path, { as: admin }), "not_found");
  });

  it("set failingSince until one succeeds", async () => {
    const { receiver, webhook } = await hook();
    receiver.answer = (response) => response.writeHead(503).end();
    await file("Fails");
    await settled(webhook, ([item]) => item?.attempts === 1);
    expect((await get(webhook)).failingSince).not.toBeNull();
    receiver.answer = (response) => response.writeHead(204).end();
    await hurry();
    await settled(webhook, ([item]) => item?.status === "DELIVERED");
    expect((await get(webhook)).failingSince).toBeNull();
  });

  const disabledEntry = async (webhook: Json) =>
    (await call("GET", `/audit-logs?action=webhook.disabled&subject=${webhook.id}`, { as: admin }))
      .body.items;

  it("stop after a 410, which disables the webhook and is logged, and continue once it is active again", async () => {
    const { receiver, webhook } = await hook();
    receiver.answer = (response) => response.writeHead(410).end();
    await file("Gone");
    const [gone] = await settled(webhook, ([item]) => item?.attempts === 1);
    expect(gone).toMatchObject({ status: "PENDING", responseStatus: 410 });
    await waitUntil("an entry", async () => (await disabledEntry(webhook)).length > 0);
    expect(await get(webhook)).toMatchObject({ active: false, disabledBecause: "GONE" });
    expect(await disabledEntry(webhook)).toMatchObject([
      {
        actor: null,
        changes: {
          active: { from: true, to: false },
          disabledBecause: { from: null, to: "GONE" },
        },
      },
    ]);
    await file("Meanwhile one");
    await file("Meanwhile two");
    receiver.answer = (response) => response.writeHead(204).end();
    const revived = await patch(webhook, { active: true });
    expect(revived.body).toMatchObject({ active: true, disabledBecause: null });
    await hurry();
    await messages(receiver, 4);
    expect(titles(receiver.messages).sort()).toEqual([
      "Gone",
      "Gone",
      "Meanwhile one",
      "Meanwhile two",
    ]);
  });

  it("omit internal comments once the webhook no longer includes them", async () => {
    const eventTypes = ["comment.created"];
    const { receiver, webhook } = await hook({ eventTypes, includeInternal: true });
    receiver.answer = (response) => response.writeHead(500).end();
    const { id } = await file("Discussed");
    const say = (visibility: string) =>
      call("POST", `/requests/${id}/comments`, { as: agent, body: { body: "Said", visibility } });
    await say("INTERNAL");
    await settled(webhook, ([item]) => item?.attempts === 1);
    await patch(webhook, { includeInternal: false });
    receiver.answer = (response) => response.writeHead(204).end();
    await hurry();
    await say("PUBLIC");
    const items = await settled(
      webhook,
      (all) => all.length === 2 && all.every(({ status }) => status !== "PENDING"),
    );
    expect(items).toMatchObject([
      { status: "DELIVERED" },
      { status: "FAILED", error: "INTERNAL_NOT_INCLUDED", responseStatus: null },
    ]);
    await command(webhook, "replay", { deliveryId: items[1].id });
    await settled(webhook, (all) => all.length === 3 && all[0].status === "FAILED");
    expect(receiver.messages.map(({ body }) => body.data.comment.visibility)).toEqual([
      "INTERNAL",
      "PUBLIC",
    ]);
    expect((await get(webhook)).failingSince).toBeNull();
  });

  it("do not disable a webhook whose URL changed during the attempt", async () => {
    const { receiver, webhook } = await hook();
    const other = await Receiver.open();
    receivers.push(other);
    let refuse = () => {};
    const asked = new Promise<void>((resolve) => {
      receiver.answer = (response) => {
        refuse = () => response.writeHead(410).end();
        resolve();
      };
    });
    await file("Asked");
    await waitFor("the old receiver to be asked", asked);
    await patch(webhook, { url: other.url });
    refuse();
    await settled(webhook, ([item]) => item?.attempts === 1);
    await hurry();
    await messages(other, 1);
    expect(await get(webhook)).toMatchObject({ active: true, disabledBecause: null });
  });

  it("count days of failure since the last success, even within a batch", async () => {
    const began = Date.now();
    const { receiver, webhook } = await hook();
    receiver.answer = (response) => response.writeHead(500).end();
    await file("First");
    await settled(webhook, ([item]) => item?.attempts === 1);
    await runSql(
      database.db,
      `update webhooks set failing_since = now() - interval '6 days', active = false where url = '${receiver.url}'`,
    );
    await file("Second");
    await runSql(database.db, `update webhooks set active = true where url = '${receiver.url}'`);
    receiver.answer = (response, { body }) =>
      response.writeHead(body.data.request?.title === "First" ? 204 : 500).end();
    await hurry();
    await settled(webhook, (all) => all.length === 2 && all[0].attempts > 0 && all[1].attempts > 1);
    const { active, failingSince } = await get(webhook);
    expect(active).toBe(true);
    expect(Date.parse(failingSince)).toBeGreaterThanOrEqual(began);
  });

  it("of event types of a newer build are kept for one, and not shown", async () => {
    const { receiver, webhook } = await hook();
    await file("Known");
    await messages(receiver, 1);
    await settled(webhook, ([item]) => item?.status === "DELIVERED");
    await runSql(
      database.db,
      `insert into webhook_deliveries (id, webhook_id, position, event_id, event_type, created_at, next_attempt_at)
        select gen_random_uuid(), d.webhook_id, d.position, d.event_id, 'request.teleported', now(), now()
        from webhook_deliveries d join webhooks w on w.id = d.webhook_id where w.url = '${receiver.url}'`,
    );
    await file("Known, too");
    await messages(receiver, 2);
    expect(await deliveries(webhook)).toHaveLength(2);
    const [row] = await runSql<{ status: string }>(
      database.db,
      "select status from webhook_deliveries where event_type = 'request.teleported'",
    );
    expect(row?.status).toBe("PENDING");
    await runSql(
      database.db,
      "delete from webhook_deliveries where event_type = 'request.teleported'",
    );
  });

  it("stop after five days without a success, and continue once the webhook is active again", async () => {
    const { receiver, webhook } = await hook();
    receiver.answer = (response) => response.writeHead(500).end();
    await file("Waits");
    await settled(webhook, ([item]) => item?.attempts === 1);
    const age = async (since: string) => {
      await runSql(
        database.db,
        `update webhooks set failing_since = now() - interval '${since}' where url = '${receiver.url}'`,
      );
      await hurry();
    };
    await age("4 days 23 hours");
    await settled(webhook, ([item]) => item?.attempts === 2);
    expect(await get(webhook)).toMatchObject({ active: true });
    await age("5 days");
    await settled(webhook, ([item]) => item?.attempts === 3);
    await waitUntil("the webhook to be disabled", async () => !(await get(webhook)).active);
    expect(await get(webhook)).toMatchObject({ disabledBecause: "FAILING" });
    expect(await disabledEntry(webhook)).toHaveLength(1);
    expect((await deliveries(webhook))[0].status).toBe("PENDING");
    receiver.answer = (response) => response.writeHead(204).end();
    await patch(webhook, { active: true });
    await hurry();
    await settled(webhook, ([item]) => item?.status === "DELIVERED");
  });

  it("fail after the last attempt", async () => {
    const { receiver, webhook } = await hook();
    receiver.answer = (response) => response.writeHead(500).end();
    await file("In vain");
    await settled(webhook, ([item]) => item?.attempts === 1);
    await runSql(
      database.db,
      `update webhook_deliveries set attempts = 11, next_attempt_at = now()
       where webhook_id = (select id from webhooks where url = '${receiver.url}')`,
    );
    const [item] = await settled(webhook, ([newest]) => newest?.status === "FAILED");
    expect(item).toMatchObject({ attempts: 12, nextAttemptAt: null });
  });

  it("are queued for an inactive webhook and sent once it is active", async () => {
    const { receiver, webhook } = await hook();
    await patch(webhook, { active: false });
    expect((await command(webhook, "ping")).body.code).toBe("webhook_inactive");
    for (const title of ["One", "Two", "Three"]) await file(title);
    const witness = await hook();
    await file("Witness");
    await messages(witness.receiver, 1);
    expect(receiver.messages).toEqual([]);
    await patch(webhook, { active: true });
    await messages(receiver, 4);
    expect(titles(receiver.messages).sort()).toEqual(["One", "Three", "Two", "Witness"]);
  });

  it("can skip the backlog of an inactive webhook", async () => {
    const { receiver, webhook } = await hook();
    await patch(webhook, { active: false });
    await file("Missed");
    expect((await command(webhook, "replay", { after: "now" })).status).toBe(200);
    await patch(webhook, { active: true });
    await file("Not missed");
    await messages(receiver, 1);
    expect(titles(receiver.messages)).toEqual(["Not missed"]);
  });

  it("can be replayed, one or all after a cursor, with their ids", async () => {
    const { receiver, webhook } = await hook();
    for (const title of ["One", "Two", "Three"]) await file(title);
    await messages(receiver, 3);
    const items = await settled(webhook, (all) =>
      all.every(({ status }) => status === "DELIVERED"),
    );
    const two = items[1];
    expect((await command(webhook, "replay", { deliveryId: two.id })).status).toBe(200);
    await messages(receiver, 4);
    expect((await command(webhook, "replay", { after: items[2].cursor })).status).toBe(200);
    await messages(receiver, 6);
    const came = titles(receiver.messages);
    expect(came.slice(0, 3).sort()).toEqual(["One", "Three", "Two"]);
    expect(came[3]).toBe("Two");
    expect(came.slice(4).sort()).toEqual(["Three", "Two"]);
    expect(new Set(receiver.messages.map(({ id }) => id)).size).toBe(3);
    const all = await settled(webhook, (now) => now.length === 6);
    expect(new Set(all.map(({ id }) => id)).size).toBe(6);
  });

  it("that are pending are replaced by a replay", async () => {
    const { receiver, webhook } = await hook();
    receiver.answer = (response) => response.writeHead(500).end();
    await file("Failed once");
    const [item] = await settled(webhook, ([newest]) => newest?.attempts === 1);
    receiver.answer = (response) => response.writeHead(204).end();
    await command(webhook, "replay", { after: "start" });
    const statuses = async () => {
      const all = await settled(webhook, (now) => now.every(({ status }) => status !== "PENDING"));
      return all.filter(({ eventId }) => eventId === item.eventId).map(({ status }) => status);
    };
    await waitUntil("both to settle", async () => (await statuses()).length === 2);
    expect(await statuses()).toEqual(["DELIVERED", "REPLACED"]);
  });

  it.each([
    [{}, 422, "validation_failed"],
    [{ after: "start", deliveryId: "dlv_01kjg3v9tefya8h8m6q1v0c3zd" }, 422, "validation_failed"],
    [{ after: "nonsense" }, 422, "validation_failed"],
    [{ deliveryId: "dlv_01kjg3v9tefya8h8m6q1v0c3zd" }, 404, "not_found"],
  ])("are not replayed for %j", async (body, status, code) => {
    const { webhook } = await hook();
    const answer = await command(webhook, "replay", body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it("do not follow a redirect", async () => {
    const target = await hook();
    const { receiver, webhook } = await hook();
    receiver.answer = (response) =>
      response.writeHead(307, { location: `${target.receiver.url}?redirected` }).end();
    await command(webhook, "ping");
    const [item] = await settled(webhook, ([newest]) => newest?.attempts === 1);
    expect(item).toMatchObject({ status: "PENDING", responseStatus: 307 });
    expect(target.receiver.messages).toEqual([]);
  });

  it.each(["http://10.255.255.1/", "http://169.254.169.254/latest/meta-data", "http://[::1]:9/"])(
    "never go to %s, even if the database says so",
    async (url) => {
      const { receiver, webhook } = await hook();
      await runSql(database.db, "update webhooks set url = $1 where url = $2", [url, receiver.url]);
      await command(webhook, "ping");
      const [item] = await settled(webhook, ([newest]) => newest?.attempts === 1);
      expect(item).toMatchObject({ responseStatus: null, error: "ADDRESS_REFUSED" });
      await call("DELETE", `/webhooks/${webhook.id}`, { as: admin });
    },
  );

  it("are deleted with the webhook", async () => {
    const { webhook } = await hook();
    expect((await call("DELETE", `/webhooks/${webhook.id}`, { as: admin })).status).toBe(200);
    const gone = await call("GET", `/webhooks/${webhook.id}/deliveries`, { as: admin });
    expect(gone.status).toBe(404);
  });

  it("stay under 20 KB, however large the change", async () => {
    const { receiver } = await hook({ eventTypes: ["request.updated"] });
    const { id } = await file("Large");
    for (const letter of ["🙂", "🙃"]) {
      const description = letter.repeat(10_000);
      await call("PATCH", `/requests/${id}`, { as: agent, body: { description } });
    }
    await messages(receiver, 2);
    const { text, body } = receiver.messages[1] as Received;
    expect(Buffer.byteLength(text)).toBeLessThan(20_000);
    expect(body.omitted).toEqual([
      "/changes/description/from",
      "/changes/description/to",
      "/request",
    ]);
    expect(body.data.subject.id).toBe(id);
  });
});
