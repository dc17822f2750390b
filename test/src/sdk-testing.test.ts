import { ReadableStream as StreamFrom } from "node:stream/web";
import { createTestServer, type TestServer } from "@serviceflow/sdk/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

  it("ends open streams and calls on close", async () => {
    const other = await createTestServer();
    const subscription = other.agent.sf.events.on("request.created", () => {});
    await other.agent.sf.requests.create({ title: "One" });
    await other.close();
    await expect(subscription.closed).rejects.toMatchObject({ code: "server_closed" });
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
