import { randomBytes } from "node:crypto";
import { type EventType, ServiceFlow, type ServiceFlowEvent } from "@serviceflow/sdk";
import {
  createHandler,
  type HandlerOptions,
  signWebhook,
  verifyWebhook,
} from "@serviceflow/sdk/webhooks";
import { Webhook as Reference } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { HandlerServer } from "./harness/handler-server.ts";
import { addPeople } from "./harness/people.ts";
import { serveWith } from "./harness/serve-with.ts";
import type { Person } from "./harness/test-app.ts";

const SECRET = `whsec_${randomBytes(32).toString("base64")}`;
const OTHER = `whsec_${randomBytes(24).toString("base64")}`;
const NOW = new Date("2026-03-02T08:00:00Z");
const now = () => NOW;

function payload(type = "request.created", fields: Record<string, unknown> = {}): string {
  const data = { id: "evt_1", type, request: { id: "SF-7", title: "Größe 🙂" } };
  return JSON.stringify({ type, timestamp: NOW.toISOString(), data, omitted: [], ...fields });
}

async function signed(
  body: string,
  secret: string | string[] = SECRET,
  id = "evt_1",
  sentAt = NOW,
): Promise<Request> {
  return new Request("http://bot.test/", {
    method: "POST",
    headers: await signWebhook(body, secret, { id, sentAt }),
    body,
  });
}

describe("verifyWebhook", () => {
  it("accepts signatures of the reference implementation", async () => {
    const body = payload();
    const signature = new Reference(SECRET).sign("evt_1", NOW, body);
    const headers = {
      "Webhook-Id": "evt_1",
      "webhook-timestamp": [String(NOW.getTime() / 1000)],
      "webhook-signature": signature,
    };
    const { id, sentAt, event, omitted } = await verifyWebhook({ headers, body }, SECRET, { now });
    expect({ id, sentAt, omitted }).toEqual({
      id: "evt_1",
      sentAt: "2026-03-02T08:00:00.000Z",
      omitted: [],
    });
    expect(event).toMatchObject({ request: { title: "Größe 🙂" } });
    const bytes = new TextEncoder().encode(body);
    expect(await verifyWebhook({ headers, body: bytes }, SECRET, { now })).toMatchObject({ id });
  });

  it("is compatible with signWebhook, as is the reference implementation", async () => {
    const body = payload();
    const headers = await signWebhook(body, [OTHER, SECRET]);
    expect(new Reference(SECRET).verify(body, headers)).toEqual(JSON.parse(body));
    expect(new Reference(OTHER).verify(body, headers)).toEqual(JSON.parse(body));
  });

  it.each([
    ["signed with the old secret during a rotation", [OTHER], [SECRET, OTHER]],
    ["signed with both secrets, to a receiver with the new one", [OTHER, SECRET], [SECRET]],
  ])("is verified %s", async (_when, signing, verifying) => {
    const request = await signed(payload(), signing);
    expect(await verifyWebhook(request, verifying, { now })).toMatchObject({ id: "evt_1" });
  });

  it.each([
    ["with another secret", signed(payload(), OTHER), "invalid_signature"],
    ["with another body", tampered({ body: payload("user.created") }), "invalid_signature"],
    ["with another id", tampered({ headers: { "webhook-id": "evt_2" } }), "invalid_signature"],
    [
      "with another timestamp",
      tampered({ headers: { "webhook-timestamp": String(NOW.getTime() / 1000 - 1) } }),
      "invalid_signature",
    ],
    [
      "with an unknown version",
      tampered({ headers: { "webhook-signature": "v1a,AAAA v2,AAAA nonsense v1,%" } }),
      "invalid_signature",
    ],
    [
      "with an invalid timestamp",
      tampered({ headers: { "webhook-timestamp": "1e3" } }),
      "invalid_signature",
    ],
    ["without a signature", tampered({ without: "webhook-signature" }), "invalid_signature"],
    [
      "too long ago",
      signed(payload(), SECRET, "evt_1", new Date(NOW.getTime() - 301_000)),
      "signature_expired",
    ],
    [
      "in the future",
      signed(payload(), SECRET, "evt_1", new Date(NOW.getTime() + 301_000)),
      "signature_expired",
    ],
    [
      "with a body that is too large",
      signed(payload("request.created", { x: "y".repeat(100_000) })),
      "payload_too_large",
    ],
    ["with invalid JSON", signed("{"), "invalid_payload"],
    ["with a null payload", signed("null"), "invalid_payload"],
    ["without an event", signed('{"data": {"id": 5}}'), "invalid_payload"],
  ])("rejects a delivery signed %s", async (_how, request, code) => {
    await expect(verifyWebhook(await request, SECRET, { now })).rejects.toMatchObject({ code });
  });

  it.each([undefined, "", "whsec_", "whsec_!", "not base64", [], [SECRET, "whsec_!"]])(
    "rejects the secret %j, as createHandler does when it is called",
    async (secret) => {
      await expect(verifyWebhook(await signed(payload()), secret, { now })).rejects.toThrow(
        TypeError,
      );
      expect(() => createHandler({ secret })).toThrow(TypeError);
      expect(() => createHandler({ secret })).not.toThrow("not base64");
    },
  );
});

async function tampered(change: {
  body?: string;
  headers?: Record<string, string>;
  without?: string;
}): Promise<Request> {
  const request = await signed(payload());
  const headers = new Headers({ ...Object.fromEntries(request.headers), ...change.headers });
  if (change.without) headers.delete(change.without);
  const body = change.body ?? (await request.text());
  return new Request(request.url, { method: "POST", headers, body });
}

describe("createHandler", () => {
  function handlerOf(options: Partial<HandlerOptions> = {}) {
    const handled: string[] = [];
    const errors: unknown[] = [];
    const handle = createHandler({
      secret: SECRET,
      now,
      onError: (error) => errors.push(error),
      on: {
        "request.created": (event, { id }) => handled.push(`${id} ${event.request?.title}`),
        // @ts-expect-error request events have no user
        "request.claimed": (event) => event.user,
      },
      onOther: (event) => handled.push(`other ${event.type}`),
      ...options,
    });
    return { handle, handled, errors };
  }

  it("calls the handler of the event's type", async () => {
    const { handle, handled } = handlerOf();
    const response = await handle(await signed(payload()));
    expect([response.status, await response.text()]).toEqual([204, ""]);
    await handle(await signed(payload("request.teleported"), SECRET, "evt_2"));
    await handle(await signed(payload("toString"), SECRET, "evt_3"));
    expect(handled).toEqual(["evt_1 Größe 🙂", "other request.teleported", "other toString"]);
  });

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("no disk");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no disk"))],
  ])("answers, and leaves no rejection, when onError %s", async (_, onError) => {
    const unhandled: unknown[] = [];
    const collect = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", collect);
    onTestFinished(() => void process.off("unhandledRejection", collect));
    const print = vi.spyOn(console, "error").mockReturnValue();
    onTestFinished(() => print.mockRestore());
    const failing = () => {
      throw new Error("no queue");
    };
    const { handle } = handlerOf({ onError, onOther: failing });
    const statuses = [await tampered({ body: "{}" }), await signed(payload("user.created"))].map(
      async (request) => (await handle(request)).status,
    );
    expect(await Promise.all(statuses)).toEqual([401, 500]);
    await new Promise(setImmediate);
    expect([unhandled, print.mock.calls.length]).toEqual([[], 2]);
  });

  it("accepts events without a handler", async () => {
    const { handle } = handlerOf({ onOther: undefined });
    expect((await handle(await signed(payload("user.created")))).status).toBe(204);
  });

  it("handles duplicates once, sequential or concurrent", async () => {
    const { handle, handled } = handlerOf();
    const copies = await Promise.all(
      ["evt_1", "evt_1", "evt_2"].map((id) => signed(payload(), SECRET, id)),
    );
    const responses = await Promise.all(copies.map(handle));
    responses.push(await handle(await signed(payload())));
    expect(responses.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    expect(handled).toHaveLength(2);
  });

  it("responds 500 when a handler throws, and handles the retry", async () => {
    let tries = 0;
    const { handle, errors } = handlerOf({
      on: {
        "request.created": async () => {
          tries += 1;
          await Promise.resolve();
          if (tries === 1) throw new Error("no disk");
        },
      },
    });
    expect((await handle(await signed(payload()))).status).toBe(500);
    expect(errors).toEqual([new Error("no disk")]);
    expect((await handle(await signed(payload()))).status).toBe(204);
    expect(tries).toBe(2);
  });

  it("uses the given store of seen deliveries", async () => {
    const ids = new Set(["evt_1"]);
    const seen = {
      has: (id: string) => Promise.resolve(ids.has(id)),
      add: async (id: string) => void ids.add(id),
    };
    const { handle, handled } = handlerOf({ seen });
    await handle(await signed(payload()));
    await handle(await signed(payload(), SECRET, "evt_2"));
    expect(handled).toEqual(["evt_2 Größe 🙂"]);
    expect([...ids]).toEqual(["evt_1", "evt_2"]);
  });

  it.each([
    ["a GET", async () => new Request("http://bot.test/"), 405],
    ["an unsigned delivery", async () => new Request("http://bot.test/", { method: "POST" }), 401],
    ["a delivery signed with another secret", () => signed(payload(), OTHER), 401],
    ["an expired delivery", () => signed(payload(), SECRET, "evt_1", new Date(0)), 401],
    ["a payload without an event", () => signed("[]"), 400],
    ["a body that is too large", () => signed("x".repeat(100_001)), 413],
  ])("refuses %s", async (_what, make, status) => {
    const { handle, handled } = handlerOf();
    const response = await handle(await make());
    expect(response.status).toBe(status);
    expect(response.headers.get("allow")).toBe(status === 405 ? "POST" : null);
    expect(handled).toEqual([]);
  });

  it("stops reading a body at the limit", async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        controller.enqueue(new Uint8Array(10_000));
      },
    });
    const headers = await signWebhook("", SECRET, { sentAt: NOW });
    const init = { method: "POST", headers, body: endless, duplex: "half" } as RequestInit;
    const { handle } = handlerOf();
    expect((await handle(new Request("http://bot.test/", init))).status).toBe(413);
    expect(sent).toBeLessThan(15);
  });

  it("responds 500, not 401, when a handler throws a verification error", async () => {
    const { handle } = handlerOf({
      on: {
        "request.created": () => verifyWebhook({ headers: {}, body: "" }, SECRET),
      },
    });
    expect((await handle(await signed(payload()))).status).toBe(500);
  });
});

describe("deliveries of a server", () => {
  let database: TestDatabase & { url: string };
  let server: Awaited<ReturnType<typeof serveWith>>;
  let admin: ServiceFlow;
  let person: Person;
  beforeAll(async () => {
    database = await freshPostgres();
    server = await serveWith(database, {
      WEBHOOK_ALLOW_HTTP: "true",
      WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8",
    });
    const people = await addPeople(server.url);
    person = people.admin;
    admin = new ServiceFlow({ baseUrl: server.url, apiKey: person.key });
  });
  afterAll(async () => {
    await server.close();
    await database.drop();
  });

  it("reach a handler before and after a rotation of the secret", async () => {
    const events: ServiceFlowEvent[] = [];
    const receiver = await HandlerServer.open();
    const eventTypes: EventType[] = ["request.created"];
    const webhook = await admin.webhooks.create({ url: receiver.url, eventTypes });
    receiver.handle = createHandler({
      secret: webhook.secret,
      onOther: (event) => events.push(event),
    });
    await admin.requests.create({ title: "Delivered" });
    await receiver.answered(1);
    const { secret } = await admin.webhooks.rotate(webhook.id);
    await admin.requests.create({ title: "Delivered again" });
    await receiver.answered(2);
    receiver.handle = createHandler({ secret, onOther: (event) => events.push(event) });
    await admin.requests.create({ title: "Delivered with the new one" });
    await receiver.answered(3);
    await receiver.close();
    expect(receiver.statuses).toEqual([204, 204, 204]);
    const titles = events.flatMap((event) =>
      event.type === "request.created" ? [event.request?.title] : [],
    );
    expect(titles).toEqual(["Delivered", "Delivered again", "Delivered with the new one"]);
  });
});
