import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ServiceFlow, type ServiceFlowOptions } from "../client.ts";
import { ServiceFlowError } from "../error.ts";
import { pause } from "./deadline.ts";
import type { Fetch } from "./sender.ts";

type Reply = (init: RequestInit) => Response | Promise<Response>;

const done: Reply = () => Response.json({ result: { data: { id: "SF-1" } } });
const down: Reply = () => new Response("<h1>Bad Gateway</h1>", { status: 502 });
const refused: Reply = () => Promise.reject(new TypeError("fetch failed"));
const never: Reply = () => new Promise(() => {});

const ndjson = { headers: { "content-type": "application/x-ndjson" } };

function problem(status: number, code: string, retryable: boolean, headers = {}): Reply {
  const data = { problem: { code, detail: "No.", retryable, errors: [], requestId: "req-1" } };
  return () => Response.json({ error: { message: "", code: -1, data } }, { status, headers });
}

/** A client whose `fetch` returns these replies in turn, and repeats the last one. */
function clientOf(replies: [Reply, ...Reply[]], options: Partial<ServiceFlowOptions> = {}) {
  const sent: { url: URL; method: string; headers: Headers; body: unknown; at: number }[] = [];
  const fetch: Fetch = (url, init) => {
    const reply = replies[Math.min(sent.length, replies.length - 1)] as Reply;
    sent.push({
      url: new URL(url),
      method: init.method ?? "",
      headers: new Headers(init.headers),
      body: typeof init.body === "string" ? JSON.parse(init.body) : init.body,
      at: Date.now(),
    });
    return reply(init);
  };
  const sf = new ServiceFlow({ baseUrl: "http://sf.test", apiKey: "sf_key", fetch, ...options });
  return { sf, sent };
}

/** Settles a promise while fake timers advance. */
async function settle<T>(promise: Promise<T>): Promise<PromiseSettledResult<T>> {
  const settled = Promise.allSettled([promise]);
  await vi.runAllTimersAsync();
  return (await settled)[0] as PromiseSettledResult<T>;
}

async function failure(promise: Promise<unknown>) {
  const result = await settle(promise);
  if (result.status === "fulfilled") throw new Error("Expected a rejection.");
  return result.reason;
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-03-02T08:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the request", () => {
  it("of a query is a GET without an idempotency key", async () => {
    const { sf, sent } = clientOf([done], { baseUrl: "http://sf.test/below/" });
    expect(await sf.requests.get("SF-1")).toEqual({ id: "SF-1" });
    expect(sent[0]).toMatchObject({ method: "GET", body: undefined });
    expect(sent[0]?.url.href).toBe(
      `http://sf.test/below/trpc/requests.get?input=${encodeURIComponent('{"id":"SF-1"}')}`,
    );
    expect(Object.fromEntries(sent[0]?.headers ?? [])).toEqual({ "x-api-key": "sf_key" });
  });

  it("of a query without input has no input parameter", async () => {
    const { sf, sent } = clientOf([done]);
    await sf.users.me();
    expect(sent[0]?.url.href).toBe("http://sf.test/trpc/users.me");
  });

  it("of a mutation is a POST with a new idempotency key per call", async () => {
    const { sf, sent } = clientOf([done]);
    await sf.requests.create({ title: "Printer" });
    await sf.requests.create({ title: "Printer" });
    expect(sent[0]).toMatchObject({ method: "POST", body: { title: "Printer" } });
    expect(sent[0]?.headers.get("content-type")).toBe("application/json");
    const keys = sent.map(({ headers }) => headers.get("idempotency-key"));
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys[1]).not.toBe(keys[0]);
  });

  it("carries the caller's idempotency key and version", async () => {
    const { sf, sent } = clientOf([done]);
    await sf.requests.claim("SF-1", { idempotencyKey: "mine", ifVersion: 3 });
    expect(sent[0]?.headers.get("idempotency-key")).toBe("mine");
    expect(sent[0]?.headers.get("if-match")).toBe('"3"');
  });

  it("carries headers of the client and of the call, which cannot override the SDK's", async () => {
    const { sf, sent } = clientOf([done], { headers: { "X-Team": "a", "X-Api-Key": "other" } });
    await sf.requests.get("SF-1", { headers: { "x-team": "b", Traceparent: "00-1-2-01" } });
    expect(Object.fromEntries(sent[0]?.headers ?? [])).toEqual({
      "x-api-key": "sf_key",
      "x-team": "b",
      traceparent: "00-1-2-01",
    });
  });

  it("does not follow a redirect", async () => {
    const fetch = vi.fn<Fetch>(() => new Response("", { status: 308 }));
    const { sf } = clientOf([done], { fetch });
    await expect(sf.requests.get("SF-1")).rejects.toMatchObject({ code: "invalid_response" });
    expect(fetch.mock.calls).toEqual([
      [expect.anything(), expect.objectContaining({ redirect: "manual" })],
    ]);
  });

  it("of bootstrap carries the bootstrap key, and no API key if there is none", async () => {
    const { sf, sent } = clientOf([done], { apiKey: undefined });
    await sf.users.bootstrap({ fullName: "Ada", email: "ada@example.com" }, "boot");
    expect(sent[0]?.url.pathname).toBe("/trpc/users.create");
    expect(sent[0]?.headers.get("x-bootstrap-key")).toBe("boot");
    expect(sent[0]?.headers.has("x-api-key")).toBe(false);
  });

  it("has an idempotency key in pages without HTTPS, which lack randomUUID", async () => {
    vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
    const { sf, sent } = clientOf([done]);
    await sf.requests.claim("SF-1").finally(() => vi.unstubAllGlobals());
    expect(sent[0]?.headers.get("idempotency-key")).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("retries", () => {
  it.each([
    ["a proxy's 502", down],
    ["a network error", refused],
    ["a retryable problem", problem(409, "write_conflict", true)],
    ["an internal error", problem(500, "internal_error", false)],
    ["a 429", problem(429, "rate_limited", false)],
    ["a 408", () => new Response("", { status: 408 })],
    ["a timeout", never],
  ])("retries %s twice with one idempotency key", async (_what, reply) => {
    const { sf, sent } = clientOf([reply, reply, done]);
    const result = await settle(sf.requests.claim("SF-1"));
    expect(result).toEqual({ status: "fulfilled", value: { id: "SF-1" } });
    const keys = new Set(sent.map(({ headers }) => headers.get("idempotency-key")));
    expect(sent).toHaveLength(3);
    expect(keys.size).toBe(1);
  });

  it.each([
    ["validation_failed", 422],
    ["already_assigned", 409],
    ["unauthenticated", 401],
    ["precondition_failed", 412],
  ])("does not retry %s", async (code, status) => {
    const { sf, sent } = clientOf([problem(status, code, false), done]);
    expect(await failure(sf.requests.claim("SF-1"))).toMatchObject({ code, status });
    expect(sent).toHaveLength(1);
  });

  it("fails with the last error", async () => {
    const { sf, sent } = clientOf([down]);
    expect(await failure(sf.requests.get("SF-1"))).toMatchObject({ status: 502, retryable: true });
    expect(sent).toHaveLength(3);
  });

  it.each([
    ["client", { maxRetries: 0 }, {}, 1],
    ["call", { maxRetries: 0 }, { maxRetries: 4 }, 5],
  ])("uses maxRetries of the %s", async (_who, ofClient, ofCall, times) => {
    const { sf, sent } = clientOf([down], ofClient);
    await failure(sf.requests.get("SF-1", ofCall));
    expect(sent).toHaveLength(times);
  });

  it.each([
    ["2", 2_000],
    ["Mon, 02 Mar 2026 08:00:05 GMT", 5_000],
    ["86400", 60_000],
  ])("waits as long as Retry-After: %s", async (value, wait) => {
    const { sf, sent } = clientOf([
      problem(503, "unavailable", true, { "retry-after": value }),
      done,
    ]);
    await settle(sf.requests.get("SF-1"));
    expect((sent[1]?.at ?? 0) - (sent[0]?.at ?? 0)).toBe(wait);
  });
});

describe("time limits and signals", () => {
  it("reject a pause whose signal has aborted", async () => {
    await expect(pause(60_000, AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("fail with timeout if there is no response", async () => {
    const { sf } = clientOf([never], { timeoutMs: 5_000, maxRetries: 0 });
    const started = Date.now();
    expect(await failure(sf.requests.get("SF-1"))).toMatchObject({
      code: "timeout",
      retryable: true,
      message: "timeout: No complete response within 5000 ms.",
    });
    expect(Date.now() - started).toBe(5_000);
  });

  it("fail with timeout if the response does not end", async () => {
    const endless: Reply = () =>
      new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(1)) }));
    const { sf } = clientOf([endless], { maxRetries: 0 });
    expect(await failure(sf.requests.get("SF-1", { timeoutMs: 100 }))).toMatchObject({
      code: "timeout",
    });
  });

  it("fail with network_error if the response breaks", async () => {
    const broken: Reply = () =>
      new Response(new ReadableStream({ start: (c) => c.error(new Error("reset")) }));
    const { sf } = clientOf([broken], { maxRetries: 0 });
    expect(await failure(sf.requests.get("SF-1"))).toMatchObject({
      code: "network_error",
      cause: new Error("reset"),
    });
  });

  it("abort fetch", async () => {
    let signal: AbortSignal | null | undefined;
    const { sf } = clientOf([
      (init) => {
        signal = init.signal;
        return never(init);
      },
    ]);
    await failure(sf.requests.get("SF-1", { timeoutMs: 100, maxRetries: 0 }));
    expect(signal?.aborted).toBe(true);
  });

  it("never fail with a timeout of Infinity", async () => {
    const late: Reply = (init) =>
      new Promise((resolve) => setTimeout(() => resolve(done(init) as Response), 3_000_000));
    const timeoutMs = Number.POSITIVE_INFINITY;
    const { sf } = clientOf([late], { timeoutMs, attemptTimeoutMs: timeoutMs });
    expect(await settle(sf.requests.get("SF-1"))).toMatchObject({ status: "fulfilled" });
  });

  it.each([
    ["in a later attempt", never, { attemptTimeoutMs: 1_000 }, "timeout", 2_000, 2_500],
    ["in the only attempt", never, {}, "timeout", 2_500, 2_500],
    [
      "before a delay that exceeds the time left",
      problem(503, "unavailable", true, { "retry-after": "3" }),
      {},
      "unavailable",
      0,
      0,
    ],
  ])(
    "fail when the time of the whole call is up: %s",
    async (_when, reply, limits, code, min, max) => {
      const { sf } = clientOf([reply], { maxRetries: 50 });
      const started = Date.now();
      const call = sf.requests.get("SF-1", { timeoutMs: 2_500, ...limits });
      expect(await failure(call)).toMatchObject({ code });
      expect(Date.now() - started).toBeGreaterThanOrEqual(min);
      expect(Date.now() - started).toBeLessThanOrEqual(max);
    },
  );

  it("send nothing if the signal has aborted before the call", async () => {
    const { sf, sent } = clientOf([done]);
    const signal = AbortSignal.abort("enough");
    await expect(sf.requests.get("SF-1", { signal })).rejects.toMatchObject({
      code: "aborted",
      cause: "enough",
      retryable: false,
    });
    expect(sent).toHaveLength(0);
  });

  it.each([
    ["waiting for a response", never],
    ["waiting for a retry", problem(503, "unavailable", true, { "retry-after": "60" })],
  ])("fail immediately when the signal aborts while %s", async (_when, reply) => {
    const { sf, sent } = clientOf([reply]);
    const controller = new AbortController();
    const call = sf.requests.get("SF-1", { signal: controller.signal });
    const outcome = expect(call).rejects.toMatchObject({ code: "aborted" });
    await vi.advanceTimersByTimeAsync(10);
    const aborted = Date.now();
    controller.abort();
    await outcome;
    expect(Date.now()).toBe(aborted);
    expect(vi.getTimerCount()).toBe(0);
    expect(sent).toHaveLength(1);
  });

  it("leave no timer and no listener", async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    const { sf } = clientOf([down, done]);
    await settle(sf.requests.get("SF-1", { signal }));
    await sf.requests.get("SF-1", { signal });
    expect(vi.getTimerCount()).toBe(0);
    expect(added).toHaveBeenCalled();
    expect(removed.mock.calls.length).toBe(added.mock.calls.length);
  });
});

describe("limits", () => {
  it.each([{ timeoutMs: 0 }, { timeoutMs: Number.NaN }, { maxRetries: -1 }, { maxRetries: 1.5 }])(
    "reject %j in the client and in the call",
    async (limits) => {
      expect(() => clientOf([done], limits)).toThrow(TypeError);
      await expect(clientOf([done]).sf.requests.get("SF-1", limits)).rejects.toThrow(TypeError);
    },
  );
});

describe("a failed mutation", () => {
  it("is repeated with the same bytes under the same key, as often as it fails", async () => {
    const { sf, sent } = clientOf([refused, refused, down, done], { maxRetries: 0 });
    const input = { title: "Printer" };
    const options = { ifVersion: 3, headers: { "x-team": "a" } };
    const first = await failure(sf.requests.update("SF-1", input, options));
    expect(first).toMatchObject({ code: "network_error", retryable: true });
    expect(first.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
    input.title = "Changed since";
    const second = await failure(sf.retry(first));
    expect(second.idempotencyKey).toBe(first.idempotencyKey);
    expect(await settle(sf.retry(second, { maxRetries: 1 }).withResponse())).toMatchObject({
      value: { data: { id: "SF-1" }, response: { attempts: 2 } },
    });
    expect(sent.map(({ body }) => body)).toEqual(Array(4).fill({ title: "Printer", id: "SF-1" }));
    const headers = sent.map((one) => Object.fromEntries(one.headers));
    expect(headers).toEqual(Array(4).fill(headers[0]));
    expect(headers[0]).toMatchObject({ "if-match": '"3"', "x-team": "a" });
  });

  it("is repeated after its signal has aborted, and ends with another", async () => {
    const { sf } = clientOf([never, done, never]);
    const aborting = new AbortController();
    const call = sf.requests.claim("SF-1", { signal: aborting.signal, idempotencyKey: "mine" });
    aborting.abort();
    const error = await failure(call);
    expect(error).toMatchObject({ code: "aborted", idempotencyKey: "mine" });
    expect(await sf.retry(error)).toEqual({ id: "SF-1" });
    const again = sf.retry(error, { signal: AbortSignal.abort() });
    expect(await failure(again)).toMatchObject({ code: "aborted", idempotencyKey: "mine" });
  });

  it("is retried after an incomplete 2xx, which its key makes safe", async () => {
    const cut: Reply = () =>
      new Response('{"result":{"da', { headers: { "content-type": "application/json" } });
    const { sf, sent } = clientOf([cut, done]);
    expect(await settle(sf.requests.claim("SF-1"))).toMatchObject({ value: { id: "SF-1" } });
    expect(new Set(sent.map(({ headers }) => headers.get("idempotency-key"))).size).toBe(1);
  });

  it("is all that can be repeated", async () => {
    const { sf } = clientOf([refused], { maxRetries: 0 });
    const ofQuery = await failure(sf.requests.get("SF-1", { headers: { "idempotency-key": "x" } }));
    expect(ofQuery.idempotencyKey).toBeUndefined();
    for (const error of [ofQuery, new Error("no"), undefined, new ServiceFlowError("x", "")]) {
      expect(() => sf.retry(error)).toThrow(TypeError);
    }
  });
});

describe("an API key that a function gets", () => {
  const unauthenticated = problem(401, "unauthenticated", false);
  const keysOf = (sent: { headers: Headers }[]) =>
    sent.map(({ headers }) => headers.get("x-api-key"));

  it("is asked for before each attempt", async () => {
    let asked = 0;
    const apiKey = async () => `sf_${++asked}`;
    const { sf, sent } = clientOf([down, done], { apiKey });
    expect(asked).toBe(0);
    await settle(sf.requests.get("SF-1"));
    expect(keysOf(sent)).toEqual(["sf_1", "sf_2"]);
  });

  it("is asked for again when the server refuses it, also without retries", async () => {
    const apiKey = ({ refused }: { refused: string | undefined }) =>
      refused === undefined ? "sf_old" : "sf_new";
    const { sf, sent } = clientOf([unauthenticated, done], { apiKey, maxRetries: 0 });
    const { data, response } = await sf.requests.create({ title: "A chair" }).withResponse();
    expect([data.id, response.attempts]).toEqual(["SF-1", 2]);
    expect(keysOf(sent)).toEqual(["sf_old", "sf_new"]);
    expect(new Set(sent.map(({ headers }) => headers.get("idempotency-key"))).size).toBe(1);
  });

  it("is not sent again when it is the one that was refused", async () => {
    const { sf, sent } = clientOf([unauthenticated], { apiKey: () => "sf_old" });
    expect(await failure(sf.requests.get("SF-1"))).toMatchObject({ code: "unauthenticated" });
    expect(sent).toHaveLength(1);
  });

  it("is asked for again only once, and that takes away no retry", async () => {
    let asked = 0;
    const apiKey = () => `sf_${++asked}`;
    const refused = clientOf([unauthenticated], { apiKey });
    expect(await failure(refused.sf.requests.get("SF-1"))).toMatchObject({ status: 401 });
    expect(refused.sent).toHaveLength(2);
    const unstable = clientOf([unauthenticated, down, down, done], { apiKey });
    expect(await settle(unstable.sf.requests.get("SF-1"))).toMatchObject({ status: "fulfilled" });
  });

  it("is renewed for a stream as well", async () => {
    let asked = 0;
    const { sf, sent } = clientOf([unauthenticated, () => new Response("{}\n", ndjson)], {
      apiKey: () => `sf_${++asked}`,
    });
    const lines: string[] = [];
    for await (const line of sf.audit.export()) lines.push(line);
    expect(lines).toEqual(["{}"]);
    expect(keysOf(sent)).toEqual(["sf_1", "sf_2"]);
  });

  it("fails the call with a retryable error when the function fails", async () => {
    const cause = new Error("The vault is sealed.");
    let asked = 0;
    const apiKey = () => (++asked > 1 ? Promise.reject(cause) : "sf_1");
    const { sf, sent } = clientOf([down], { apiKey, maxRetries: 1 });
    const error = await failure(sf.requests.get("SF-1"));
    expect(error).toMatchObject({ code: "api_key_unavailable", retryable: true, cause });
    expect(sent).toHaveLength(1);
  });

  it.each(["", undefined, "sf_\n."])("refuses %j without a request", async (key) => {
    const { sf, sent } = clientOf([done], { apiKey: () => key as string });
    expect(await failure(sf.requests.get("SF-1"))).toBeInstanceOf(TypeError);
    expect(sent).toEqual([]);
  });

  it("counts against the time limit of an attempt", async () => {
    const apiKey = () => new Promise<string>(() => {});
    const { sf } = clientOf([done], { apiKey, attemptTimeoutMs: 1_000, maxRetries: 0 });
    expect(await failure(sf.requests.get("SF-1"))).toMatchObject({ code: "timeout" });
  });
});

it("sends a Date of a filter as ISO 8601", async () => {
  const { sf, sent } = clientOf([done]);
  const date = new Date("2026-03-02T08:00:00Z");
  await settle(sf.requests.list({ createdFrom: date, closedTo: date }).page());
  await settle(sf.requests.counts({ mine: { updatedFrom: date } }));
  await settle(sf.requests.stats({ createdTo: date }));
  await settle(sf.audit.list({ occurredFrom: date }).page());
  for (const { url } of sent) {
    expect(url.searchParams.get("input")).toContain('"2026-03-02T08:00:00.000Z"');
  }
  expect(sent).toHaveLength(4);
});

describe("a request to an endpoint that has no method", () => {
  const json: Reply = () => Response.json({ id: "SF-1" });

  it("has the key, the query and the JSON of a REST call", async () => {
    const { sf, sent } = clientOf([json], { baseUrl: "http://sf.test/below" });
    const at = new Date("2026-03-02T08:00:00Z");
    const query = { status: ["NEW", "DONE"], q: "a+b", at, none: undefined };
    expect(await sf.request("GET", "/new-things", { query })).toEqual({ id: "SF-1" });
    expect(sent[0]?.url.href).toBe(
      "http://sf.test/below/api/v1/new-things?status=NEW&status=DONE&q=a%2Bb&at=2026-03-02T08%3A00%3A00.000Z",
    );
    expect(sent[0]?.headers.get("x-api-key")).toBe("sf_key");
    expect(sent[0]?.headers.has("idempotency-key")).toBe(false);
  });

  it.each(["POST", "PUT", "PATCH", "DELETE"] as const)(
    "by %s has one idempotency key in all attempts, and can be repeated",
    async (method) => {
      const operations: string[] = [];
      const { sf, sent } = clientOf([down, down, json], {
        maxRetries: 1,
        onRequest: ({ operation }) => operations.push(operation),
      });
      const body = { title: "A chair" };
      const error = await failure(sf.request(method, "/things/SF-1/parts", { body, ifVersion: 3 }));
      expect((await settle(sf.retry(error))).status).toBe("fulfilled");
      const [first] = sent;
      expect(first).toMatchObject({ method, body });
      expect(first?.headers.get("if-match")).toBe('"3"');
      const keys = new Set(sent.map(({ headers }) => headers.get("idempotency-key")));
      expect([...keys]).toEqual([error.idempotencyKey]);
      expect(new Set(operations)).toEqual(new Set([`${method} /things/{id}/parts`]));
    },
  );

  it.each([
    ["no body", () => new Response(null, { status: 204 }), undefined],
    ["text", () => new Response("id;title"), "id;title"],
    ["null", () => Response.json(null), null],
  ])("returns %s", async (_what, reply, expected) => {
    expect(await clientOf([reply]).sf.request("GET", "/things")).toBe(expected);
  });

  it("fails with the problem, and with a retryable error for half a document", async () => {
    const body = { code: "not_found", detail: "No.", retryable: false, errors: [], requestId: "r" };
    const missing = clientOf([() => Response.json(body, { status: 404 })]);
    expect(await failure(missing.sf.request("GET", "/things"))).toMatchObject({
      code: "not_found",
      status: 404,
    });
    const headers = { "content-type": "application/json" };
    const half = clientOf([() => new Response('{"id":', { headers })], { maxRetries: 0 });
    expect(await failure(half.sf.request("GET", "/things"))).toMatchObject({
      code: "invalid_response",
      retryable: true,
    });
  });

  it.each(["things", "/../docs", "/a/%2e%2E/b", "/a/.", "/a?b=c", "/a#b", "/a\\..\\b", ""])(
    "refuses the path %j",
    async (path) => {
      const { sf, sent } = clientOf([json]);
      expect(await failure(sf.request("GET", path))).toBeInstanceOf(TypeError);
      expect(sent).toEqual([]);
    },
  );
});
