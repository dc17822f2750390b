import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { ServiceFlow, type ServiceFlowOptions } from "../client.ts";
import type { DeprecationNotice, RequestInfo, ResponseInfo } from "./hooks.ts";

const KEY = "sf_secret_key";

function responding(...responses: (() => Response)[]): ServiceFlowOptions["fetch"] {
  let next = 0;
  return () => {
    const respond = responses[Math.min(next, responses.length - 1)] as () => Response;
    next += 1;
    return respond();
  };
}

const done = (headers = {}) => Response.json({ result: { data: { id: "SF-1" } } }, { headers });

function clientOf(options: Partial<ServiceFlowOptions>) {
  return new ServiceFlow({ baseUrl: "http://sf.test", apiKey: KEY, ...options });
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("hooks", () => {
  it("are called for each attempt, with the delay before the next", async () => {
    const calls: (RequestInfo | ResponseInfo)[] = [];
    const sf = clientOf({
      fetch: responding(
        () => new Response("", { status: 503, headers: { "x-request-id": "req-1" } }),
        () => done({ "x-request-id": "req-2" }),
      ),
      onRequest: (info) => calls.push(info),
      onResponse: (info) => calls.push(info),
    });
    await sf.requests.claim("SF-1", { idempotencyKey: "mine" });
    const operation = { operation: "requests.claim", method: "POST" };
    const url = "http://sf.test/trpc/requests.claim";
    expect(calls).toMatchObject([
      { ...operation, url, attempt: 1 },
      {
        ...operation,
        attempt: 1,
        status: 503,
        requestId: "req-1",
        durationMs: expect.any(Number),
        error: { code: "invalid_response", status: 503 },
        retryInMs: expect.any(Number),
      },
      { ...operation, url, attempt: 2, headers: { "idempotency-key": "mine" } },
      { attempt: 2, status: 200, requestId: "req-2", error: undefined, retryInMs: undefined },
    ]);
    expect(calls).toHaveLength(4);
  });

  it("are called when there is no response", async () => {
    const calls: ResponseInfo[] = [];
    const sf = clientOf({
      fetch: () => Promise.reject(new TypeError("fetch failed")),
      maxRetries: 0,
      onResponse: (info) => calls.push(info),
    });
    await expect(sf.users.me()).rejects.toMatchObject({ code: "network_error" });
    expect(calls).toMatchObject([{ status: undefined, error: { code: "network_error" } }]);
  });

  it("say of a stream when it reconnects, which it then does", async () => {
    const started: number[] = [];
    const refused: { at: number; retryInMs: number | undefined }[] = [];
    const problem = { code: "unauthenticated", detail: "No.", retryable: false, errors: [] };
    const sf = clientOf({
      fetch: responding(
        () => new Response("", { status: 503 }),
        () => new Response("", { status: 503, headers: { "retry-after": "1" } }),
        () => Response.json(problem, { status: 401 }),
      ),
      onRequest: () => started.push(performance.now()),
      onResponse: ({ retryInMs }) => refused.push({ at: performance.now(), retryInMs }),
    });
    await expect(sf.events.subscribe().next()).rejects.toMatchObject({ code: "unauthenticated" });
    expect(refused.map(({ retryInMs }) => retryInMs)).toEqual([
      expect.any(Number),
      expect.closeTo(1_000, -1),
      undefined,
    ]);
    for (const [n, { at, retryInMs = 0 }] of refused.slice(0, 2).entries()) {
      expect((started[n + 1] ?? 0) - at).toBeGreaterThanOrEqual(retryInMs - 2);
    }
  });

  it("receive no secrets and no user input", async () => {
    const calls: unknown[] = [];
    const sf = clientOf({
      fetch: responding(() => done()),
      headers: { Authorization: "Basic hunter2", Cookie: "hunter2", "X-Team": "hunter2" },
      onRequest: (info) => calls.push(info),
      onResponse: (info) => calls.push(info),
    });
    await sf.requests.list({ q: "hunter2" });
    await sf.users.bootstrap({ fullName: "hunter2", email: "hunter2@example.com" }, "hunter2");
    const text = JSON.stringify(calls);
    expect(text).not.toContain("hunter2");
    expect(text).not.toContain(KEY);
    expect(calls[0]).toMatchObject({
      url: "http://sf.test/trpc/requests.list",
      headers: { "x-api-key": "[redacted]", authorization: "[redacted]", "x-team": "[redacted]" },
    });
  });

  it("do not affect the call when they throw", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const sf = clientOf({
      fetch: responding(() => done()),
      onRequest: () => {
        throw new Error("no disk");
      },
      onResponse: () => {
        throw new Error("no disk");
      },
    });
    expect(await sf.requests.get("SF-1")).toEqual({ id: "SF-1" });
    expect(logged).toHaveBeenCalledTimes(2);
  });

  it("do not end the process when they are async and reject", async () => {
    const unhandled: unknown[] = [];
    const collect = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", collect);
    onTestFinished(() => void process.off("unhandledRejection", collect));
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const hook = async () => {
      throw new Error("no disk");
    };
    const sf = clientOf({ fetch: responding(() => done()), onRequest: hook, onResponse: hook });
    expect(await sf.requests.get("SF-1")).toEqual({ id: "SF-1" });
    await new Promise(setImmediate);
    expect([logged.mock.calls.length, unhandled]).toEqual([2, []]);
  });
});

describe("a deprecation", () => {
  const headers = {
    deprecation: "@1767225600",
    sunset: "Wed, 01 Jul 2026 00:00:00 GMT",
    link: '</trpc>; rel="next", <https://docs.test/move>; rel="deprecation"',
  };

  it("is reported once per operation", async () => {
    const notices: DeprecationNotice[] = [];
    const sf = clientOf({
      fetch: responding(() => done(headers)),
      onDeprecation: (notice) => notices.push(notice),
    });
    await sf.requests.get("SF-1");
    await sf.requests.get("SF-2");
    await sf.users.me();
    expect(notices.map(({ operation }) => operation)).toEqual(["requests.get", "users.me"]);
    expect(notices[0]).toEqual({
      operation: "requests.get",
      since: "2026-01-01T00:00:00.000Z",
      sunset: "2026-07-01T00:00:00.000Z",
      link: "https://docs.test/move",
      message:
        "requests.get is deprecated since 2026-01-01T00:00:00.000Z and will stop working on 2026-07-01T00:00:00.000Z; see https://docs.test/move.",
    });
  });

  it.each([
    ["true", "requests.stats is deprecated."],
    ["@", "requests.stats is deprecated."],
    ["@99999999999999999999", "requests.stats is deprecated."],
  ])("is reported without unreadable headers: %s", async (deprecation, message) => {
    const notices: DeprecationNotice[] = [];
    const fetch = responding(() => done({ deprecation, sunset: "soon", link: "nonsense" }));
    await clientOf({ fetch, onDeprecation: (notice) => notices.push(notice) }).requests.stats();
    expect(notices).toMatchObject([{ message, since: undefined, sunset: undefined }]);
  });

  it("is a console warning by default, once per server", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    const options = { baseUrl: "http://old.test", fetch: responding(() => done(headers)) };
    const sf = clientOf(options);
    await sf.requests.get("SF-1");
    await clientOf(options).requests.get("SF-1");
    await sf.withOptions({ maxRetries: 0 }).requests.get("SF-1");
    expect(warned.mock.calls).toEqual([[expect.stringContaining("requests.get is deprecated")]]);
  });
});
