import { OPERATIONS } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestApp, type TestApp } from "./harness/test-app.ts";

const NOW = new Date("2026-03-02T09:00:00Z");
/** Headers whose values are another call's. */
const OWN = new Set(["x-request-id", "ratelimit", "ratelimit-policy"]);

describe("a single call over tRPC", () => {
  let app: TestApp;
  let id: string;
  beforeAll(async () => {
    app = await openTestApp("embedded", { clock: () => NOW });
    id = (await app.call("POST", "/requests", { as: app.employee, body: { title: "Lamp" } })).body
      .id;
  });
  afterAll(() => app.close());

  const inputs = (): [procedure: string, input: object][] => [
    ["requests.get", { id }],
    ["requests.get", { id: "SF-1" }],
    ["requests.get", { id: 7 }],
    ["requests.get", {}],
    ["requests.list", { limit: 1 }],
    ["requests.list", { limit: 0, color: "red" }],
    ["users.me", {}],
    ["requests.create", { title: "A desk" }],
    ["requests.create", { title: "" }],
    ["requests.transition", { id, status: "DONE" }],
    ["users.create", { fullName: "Una", email: "una@example.com" }],
  ];

  /** As tRPC's own handler answers: as a batch of one. */
  async function asBatch(procedure: string, input: object, headers: Record<string, string>) {
    const isRead = OPERATIONS.find(({ name }) => name === procedure)?.method === "GET";
    const text = JSON.stringify({ 0: input });
    const query = isRead ? `&input=${encodeURIComponent(text)}` : "";
    const response = await app.fetch(`http://test/trpc/${procedure}?batch=1${query}`, {
      method: isRead ? "GET" : "POST",
      headers: { ...headers, ...(isRead ? {} : { "content-type": "application/json" }) },
      ...(isRead ? {} : { body: text }),
    });
    const [answer] = (await response.json()) as unknown[];
    return { status: response.status, headers: response.headers, answer };
  }

  async function asSingle(procedure: string, input: object, headers: Record<string, string>) {
    const isRead = OPERATIONS.find(({ name }) => name === procedure)?.method === "GET";
    const text = JSON.stringify(input);
    const query = isRead ? `?input=${encodeURIComponent(text)}` : "";
    const response = await app.fetch(`http://test/trpc/${procedure}${query}`, {
      method: isRead ? "GET" : "POST",
      headers: { ...headers, ...(isRead ? {} : { "content-type": "application/json" }) },
      ...(isRead ? {} : { body: text }),
    });
    return { status: response.status, headers: response.headers, answer: await response.json() };
  }

  const comparable = ({ status, headers, answer }: Awaited<ReturnType<typeof asSingle>>) => ({
    status,
    headers: Object.fromEntries([...headers].filter(([name]) => !OWN.has(name))),
    // What differs from call to call.
    answer: JSON.parse(
      JSON.stringify(answer, (name, value) =>
        ["requestId", "instance"].includes(name) ? "" : value,
      ),
    ),
  });

  it("is answered as in a batch of one, with and without a key", async () => {
    for (const [procedure, input] of inputs()) {
      for (const key of [app.employee.key, app.agent.key, "nonsense", null]) {
        const headers: Record<string, string> = {
          // A dry run answers the same again, and so do two calls of one.
          "dry-run": "true",
          ...(key === null ? {} : { "x-api-key": key }),
        };
        const [single, batch] = [
          await asSingle(procedure, input, headers),
          await asBatch(procedure, input, headers),
        ];
        const title = `${procedure} ${JSON.stringify(input)}`;
        expect({ title, ...comparable(single) }).toEqual({ title, ...comparable(batch) });
      }
    }
  });
});
