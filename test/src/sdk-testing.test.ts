import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ReadableStream as StreamFrom } from "node:stream/web";
import type { FeedState } from "@serviceflow/sdk";
import { createTestServer, type TestLogLine, type TestServer } from "@serviceflow/sdk/testing";
import { createHandler, toNodeHandler } from "@serviceflow/sdk/webhooks";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { run } from "./harness/child-process.ts";
import { FROM_SOURCE } from "./harness/from-source.ts";
import { waitFor } from "./harness/waiting.ts";

describe("a test server", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await createTestServer();
  });
  afterAll(() => server.close());

  it("has a user of each role and enforces the rules", async () => {
    const { admin, agent, employee } = server;
    expect([admin, agent, employee].map(({ user }) => user.role)).toEqual([
      "ADMIN",
      "AGENT",
      "EMPLOYEE",
    ]);
    const { id } = await employee.sf.requests.create({ title: "A chair" });
    await expect(employee.sf.requests.claim(id)).rejects.toMatchObject({ code: "forbidden" });
    const claimed = await agent.sf.requests.claim(id);
    expect(claimed.assignee?.id).toBe(agent.user.id);
    const { items } = await admin.sf.audit.list({ subject: id });
    expect(items.map(({ action }) => action)).toEqual(["request.claimed", "request.created"]);
  });

  it("streams events to a bot", async () => {
    const { agent, employee } = server;
    const commented: string[] = [];
    const bot = agent.sf.events.on("request.created", async ({ request }) => {
      if (!request) return;
      await agent.sf.comments.create(request.id, { body: "We are on it." });
      commented.push(request.id);
      if (commented.length === 2) bot.close();
    });
    // The subscription starts once its stream is open.
    while (commented.length === 0) {
      await employee.sf.requests.create({ title: "Please" });
      await new Promise(setImmediate);
    }
    await employee.sf.requests.create({ title: "Please, too" });
    await bot.closed;
    const [first] = commented as [string];
    const { items } = await employee.sf.comments.list(first);
    expect(items.map(({ body }) => body)).toEqual(["We are on it."]);
  });

  it("adds users and creates clients with custom options", async () => {
    const { user, sf, apiKey } = await server.addUser({ role: "AGENT", fullName: "Night Shift" });
    expect(await sf.users.me()).toMatchObject(user);
    const hooked: string[] = [];
    const client = server.client({ apiKey, onRequest: ({ operation }) => hooked.push(operation) });
    expect((await client.users.me()).fullName).toBe("Night Shift");
    expect(hooked).toEqual(["users.me"]);
    await expect(server.client().users.me()).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("is isolated from other test servers and uses the given clock", async () => {
    const other = await createTestServer({ now: () => new Date("2030-01-01T00:00:00Z") });
    const { createdAt, id } = await other.employee.sf.requests.create({ title: "From 2030" });
    expect([createdAt, id]).toEqual(["2030-01-01T00:00:00.000Z", "SF-1001"]);
    await expect(server.client({ apiKey: other.admin.apiKey }).users.me()).rejects.toMatchObject({
      code: "unauthenticated",
    });
    await other.close();
  });

  it("ends open streams and calls at once on close, and says nothing of it to the console", async () => {
    const printed = vi.spyOn(console, "error");
    onTestFinished(() => printed.mockRestore());
    const other = await createTestServer();
    const { sf } = other.agent;
    const states: string[] = [];
    const live = Promise.withResolvers<void>();
    const onState = ({ status, error }: FeedState) => {
      states.push(status, String(error?.code));
      if (status === "live") live.resolve();
    };
    sf.events.on("request.created", () => {}, {}, { onState });
    const subscription = sf.events.on("request.created", () => {});
    const reading = sf.events.subscribe().next();
    await waitFor("the stream", live.promise);
    const ended = subscription.closed.catch((error) => error.code);
    const read = reading.catch((error) => error.code);
    await other.close();
    // Nothing connects again meanwhile, which would take a second.
    expect(states).toEqual(["live", "undefined", "ended", "server_closed"]);
    expect([await ended, await read]).toEqual(["server_closed", "server_closed"]);
    expect(printed).not.toHaveBeenCalled();
    await expect(other.agent.sf.users.me()).rejects.toMatchObject({ code: "server_closed" });
    await other.close();
  });

  it("closes streams that are left", async () => {
    const { agent, employee } = server;
    await employee.sf.requests.create({ title: "A lamp" });
    const refused: unknown[] = [];
    const watched = server.client({
      apiKey: agent.apiKey,
      onResponse: ({ error }) => error && refused.push(error.code),
    });
    for (let round = 0; round < 22; round += 1) {
      const reader = StreamFrom.from(watched.events.subscribe({ after: "start" })).getReader();
      await waitFor("an event", reader.read());
      await waitFor("the stream to be left", reader.cancel());
      const connecting = watched.events.subscribe({ after: "start" });
      const next = connecting.next();
      await waitFor("the stream to be left", connecting.return());
      expect(await next).toEqual({ done: true, value: undefined });
    }
    expect(refused.filter((code) => code !== "aborted")).toEqual([]);
  });

  it("has the categories that it is given, and tells its log", async () => {
    const lines: TestLogLine[] = [];
    const categories = [
      { slug: "it", name: "IT" },
      { slug: "facilities", name: "Facilities" },
    ];
    const other = await createTestServer({ categories, log: (line) => lines.push(line) });
    const { category } = await other.employee.sf.requests.create({
      title: "A lamp",
      category: "it",
    });
    const { items } = await other.employee.sf.categories.list();
    await other.close();
    expect(category).toBe("it");
    expect(items.map(({ slug }) => slug)).toEqual(["facilities", "general", "it"]);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: "info", msg: "call", procedure: "requests.create" }),
    );
  });

  it("delivers to a handler, signed, in order, once, and again what it refused", async () => {
    const { admin, employee } = server;
    const titles: unknown[] = [];
    let isDown = true;
    const { id } = await server.addWebhook(
      (secret) =>
        createHandler({
          secret,
          on: {
            "request.created": ({ request }) => {
              if (isDown) throw new Error("no disk");
              titles.push(request?.title);
            },
          },
          onError: () => {},
        }),
      { eventTypes: ["request.created"] },
    );
    await employee.sf.requests.create({ title: "One" });
    await server.delivered();
    isDown = false;
    expect(titles).toEqual([]);
    const [refused] = (await admin.sf.webhooks.deliveries(id)).items;
    expect(refused).toMatchObject({ status: "PENDING", responseStatus: 500 });
    await admin.sf.webhooks.replay(id, { deliveryId: refused?.id ?? "" });
    await server.delivered();
    for (const title of ["Two", "Three"]) await employee.sf.requests.create({ title });
    await server.delivered();
    await server.delivered();
    expect(titles.toSorted()).toEqual(["One", "Three", "Two"]);
  });

  it("delivers by itself to a URL of this machine, and to no other", async () => {
    const { admin, employee } = server;
    const received = Promise.withResolvers<unknown>();
    const listening = createServer();
    listening.listen(0, "127.0.0.1");
    await once(listening, "listening");
    onTestFinished(async () => {
      listening.closeAllConnections();
      listening.close();
    });
    const { port } = listening.address() as AddressInfo;
    const { secret } = await server.addWebhook(`http://127.0.0.1:${port}/hooks`, {
      eventTypes: ["request.created"],
    });
    const handle = createHandler({ secret, onOther: ({ type }) => received.resolve(type) });
    listening.on("request", toNodeHandler(handle));
    const far = await admin.sf.webhooks.create({ url: "https://bot.example.com/" });
    await employee.sf.requests.create({ title: "A desk" });
    expect(await waitFor("the delivery", received.promise)).toBe("request.created");
    await server.delivered();
    const [kept] = (await admin.sf.webhooks.deliveries(far.id)).items;
    expect(kept).toMatchObject({ status: "PENDING", error: "ADDRESS_REFUSED" });
  });

  it("lets the process exit after close", async () => {
    const script = `
      import { createTestServer } from "@serviceflow/sdk/testing";
      const server = await createTestServer();
      for await (const _ of server.admin.sf.events.subscribe({ after: "start" })) break;
      await server.close();
      console.log("closed");`;
    const args = [...FROM_SOURCE, "--input-type=module", "--eval", script];
    const { stdout } = await run(process.execPath, args, { cwd: import.meta.dirname });
    expect(stdout).toBe("closed\n");
  });
});
