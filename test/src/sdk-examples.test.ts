import { fileURLToPath } from "node:url";
import { ServiceFlow } from "@serviceflow/sdk";
import { signWebhook } from "@serviceflow/sdk/webhooks";
import type { RunningServer } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import fetchHandler from "../../packages/sdk/examples/fetch-handler.ts";
import { receiver } from "../../packages/sdk/examples/hono-receiver.ts";
import { run } from "./harness/child-process.ts";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { FROM_SOURCE } from "./harness/from-source.ts";
import { addPeople } from "./harness/people.ts";
import { serveWith } from "./harness/serve-with.ts";
import type { Person } from "./harness/test-app.ts";

const EXAMPLES = new URL("../../packages/sdk/examples/", import.meta.url);

describe("the SDK's examples", () => {
  let database: TestDatabase & { url: string };
  let server: RunningServer;
  let agent: Person;
  let sf: ServiceFlow;
  let env: { SERVICEFLOW_URL: string; API_KEY: string };

  beforeAll(async () => {
    database = await freshPostgres();
    server = await serveWith(database, {});
    agent = (await addPeople(server.url)).agents[0];
    sf = new ServiceFlow({ baseUrl: server.url, apiKey: agent.key });
    env = { SERVICEFLOW_URL: server.url, API_KEY: agent.key };
  });
  afterAll(async () => {
    await server.close();
    await database.drop();
  });

  it("triage.ts claims urgent requests", async () => {
    const calm = await sf.requests.create({ title: "A new chair" });
    const urgent = await sf.requests.create({
      title: "Fire in the server room",
      priority: "URGENT",
    });
    const args = [...FROM_SOURCE, fileURLToPath(new URL("triage.ts", EXAMPLES))];
    const { stdout } = await run(process.execPath, args, { env: { ...process.env, ...env } });
    expect(stdout.split("\n").sort()).toEqual(
      ["", `Claimed ${urgent.id}: ${urgent.title}`, `${calm.id} is waiting: ${calm.title}`].sort(),
    );
    expect((await sf.requests.get(urgent.id)).assignee?.id).toBe(agent.id);
  });

  it("hono-receiver.ts sends notifications", async () => {
    const notifications: string[] = [];
    const secret = `whsec_${btoa("a secret of a test")}`;
    const app = receiver({ secret, notify: (text) => notifications.push(text) });
    const { id } = await sf.requests.create({ title: "A lamp" });
    await sf.requests.start(id);
    const { items } = await sf.events.list({
      type: ["request.created", "request.transitioned"],
      limit: 100,
    });
    for (const data of items.filter(({ subject }) => subject.id === id)) {
      const body = JSON.stringify({
        type: data.type,
        timestamp: data.occurredAt,
        data,
        omitted: [],
      });
      const headers = await signWebhook(body, secret, { id: data.id });
      const response = await app.request("/serviceflow", { method: "POST", headers, body });
      expect(response.status).toBe(204);
    }
    expect(notifications).toEqual(["New: A lamp", `${id}: NEW -> IN_PROGRESS`]);
    const forged = await app.request("/serviceflow", { method: "POST", body: "{}" });
    expect(forged.status).toBe(401);
  });

  it("next-route.ts lists and creates requests, and returns validation errors", async () => {
    Object.assign(process.env, env);
    const { GET, POST } = await import("../../packages/sdk/examples/next-route.ts");
    const post = (body: unknown) =>
      POST(new Request("http://app.test/", { method: "POST", body: JSON.stringify(body) }));
    const filed = await post({ title: "From a page" });
    expect(filed.status).toBe(201);
    const { id } = (await filed.json()) as { id: string };
    const listed = await GET(new Request("http://app.test/?status=NEW"));
    expect(await listed.json()).toContainEqual({ id, title: "From a page", status: "NEW" });
    const refused = await post({ title: "x" });
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ errors: [{ pointer: "/title" }] });
  });

  it("fetch-handler.ts applies the rules", async () => {
    const { id } = await sf.requests.create({ title: "Perhaps not" });
    const ask = async (path: string) => {
      const response = await fetchHandler.fetch(new Request(`http://edge.test/${path}`), env);
      return [response.status, await response.json()];
    };
    expect(await ask(id)).toEqual([200, { id, may: false, because: expect.any(String) }]);
    await sf.requests.claim(id);
    expect(await ask(id)).toEqual([200, { id, may: true, because: null }]);
    expect(await ask("SF-999999")).toEqual([404, { id: "SF-999999", error: "not_found" }]);
  });
});
