import { describe, expect, it } from "vitest";
import { ServiceFlow, type ServiceFlowOptions } from "../client.ts";

function clientOf(respond: () => Response, options: Partial<ServiceFlowOptions> = {}) {
  return new ServiceFlow({
    baseUrl: "http://sf.test",
    apiKey: "sf_key",
    fetch: respond,
    maxRetries: 0,
    ...options,
  });
}

const headers = { "x-request-id": "req-1", etag: '"3"', "idempotent-replayed": "true" };
const done = () => Response.json({ result: { data: { id: "SF-1" } } }, { headers });
const refused = () => new Response("", { status: 418 });

describe("a call", () => {
  it("resolves to its data", async () => {
    const call = clientOf(done).requests.get("SF-1");
    expect(await call).toEqual({ id: "SF-1" });
    expect(await Promise.all([call])).toEqual([{ id: "SF-1" }]);
    expect(await call.then(({ id }) => id)).toBe("SF-1");
    expect(await call.catch(() => null)).toEqual({ id: "SF-1" });
    expect(await call.finally(() => {})).toEqual({ id: "SF-1" });
    expect(Object.prototype.toString.call(call)).toBe("[object Promise]");
  });

  it("resolves to the data with the response metadata", async () => {
    const { data, response } = await clientOf(done).requests.get("SF-1").withResponse();
    expect(data).toEqual({ id: "SF-1" });
    expect(response).toMatchObject({
      status: 200,
      requestId: "req-1",
      attempts: 1,
      replayed: true,
    });
    expect(response.headers.get("etag")).toBe('"3"');
  });

  it("is sent once, no matter how often it is awaited", async () => {
    let sent = 0;
    const sf = clientOf(() => {
      sent += 1;
      return done();
    });
    const call = sf.requests.claim("SF-1");
    await call;
    await call.withResponse();
    await call;
    expect(sent).toBe(1);
  });

  it.each([
    ["its data", (sf: ServiceFlow) => sf.users.me()],
    ["data and response", (sf: ServiceFlow) => sf.users.me().withResponse()],
  ])("leaves no unhandled rejection when awaited for %s", async (_what, ask) => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    await expect(ask(clientOf(refused))).rejects.toMatchObject({ status: 418 });
    await new Promise(setImmediate);
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
});

describe("withOptions", () => {
  it("keeps omitted options and merges headers", async () => {
    const sent: Headers[] = [];
    const fetch: ServiceFlowOptions["fetch"] = (_url, init) => {
      sent.push(new Headers(init.headers));
      return done();
    };
    const sf = clientOf(done, { fetch, headers: { "X-A": "1", "X-B": "1" } });
    const other = sf.withOptions({ apiKey: "sf_other", headers: { "X-B": "2" } });
    await other.users.me();
    await sf.users.me();
    expect(sent.map((headers) => Object.fromEntries(headers))).toEqual([
      { "x-a": "1", "x-b": "2", "x-api-key": "sf_other" },
      { "x-a": "1", "x-b": "1", "x-api-key": "sf_key" },
    ]);
    expect(JSON.stringify(other)).not.toContain("sf_other");
  });

  it("validates options like the constructor", () => {
    expect(() => clientOf(done).withOptions({ timeoutMs: 0 })).toThrow(TypeError);
  });
});
