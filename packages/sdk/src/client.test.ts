import { inspect } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ServiceFlow } from "./client.ts";
import { ServiceFlowError } from "./error.ts";

const KEY = "sf_a-secret-key";
const baseUrl = "https://sf.test";

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("the API key", () => {
  const sf = new ServiceFlow({ baseUrl, apiKey: KEY, headers: { cookie: KEY } });

  it("does not appear when the client is logged", () => {
    const shown = [
      inspect(sf, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
      inspect(sf.requests, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
      inspect({ ...sf }, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
      JSON.stringify(sf),
      JSON.stringify({ ...sf }),
      String(sf),
    ];
    for (const text of shown) expect(text).not.toContain(KEY);
    expect(inspect(sf)).toBe('ServiceFlow { baseUrl: "https://sf.test" }');
    expect(JSON.stringify(sf)).toBe('{"baseUrl":"https://sf.test"}');
  });

  it("does not appear in errors of a call", async () => {
    const fetch = () => Promise.reject(new TypeError("fetch failed"));
    const failing = new ServiceFlow({ baseUrl, apiKey: KEY, fetch, maxRetries: 0 });
    const error: unknown = await failing.requests.get("SF-1").catch((thrown) => thrown);
    expect(ServiceFlowError.is(error)).toBe(true);
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(
      KEY,
    );
    expect(JSON.stringify(error)).not.toContain(KEY);
  });

  it("does not appear in the error for an invalid header value", async () => {
    const broken = `${KEY}\n.`;
    const refusal = catchError(() => new ServiceFlow({ baseUrl, apiKey: broken }));
    const call = new ServiceFlow({ baseUrl }).users
      .bootstrap({ fullName: "Ada", email: "ada@example.com" }, broken)
      .catch((thrown) => thrown);
    for (const error of [refusal, await call]) {
      expect(error).toBeInstanceOf(TypeError);
      expect(inspect(error, { depth: Number.POSITIVE_INFINITY })).not.toContain(KEY);
    }
  });
});

describe("in a web page", () => {
  it("rejects a client with an API key", () => {
    inWebPage();
    expect(() => new ServiceFlow({ baseUrl, apiKey: KEY })).toThrow(/dangerouslyAllowBrowser/);
  });

  it("allows a client without a key, or with dangerouslyAllowBrowser", () => {
    inWebPage();
    new ServiceFlow({ baseUrl, apiKey: KEY, dangerouslyAllowBrowser: true });
    new ServiceFlow({ baseUrl });
  });

  it("allows a session in a page of the server's own origin alone", () => {
    inWebPage("https://sf.test");
    new ServiceFlow({ baseUrl, session: true });
    for (const other of ["http://sf.test", "https://sf.test:8443", "https://api.sf.test"]) {
      expect(() => new ServiceFlow({ baseUrl: other, session: true })).toThrow(/own origin/);
    }
  });

  function inWebPage(origin = "https://page.test") {
    vi.stubGlobal("window", {});
    vi.stubGlobal("document", {});
    vi.stubGlobal("location", { origin });
  }
});

describe("invalid options", () => {
  it.each(["", "sf.test", "/api", "ftp://sf.test", "file:///sf", "https://me:secret@sf.test"])(
    "rejects the baseUrl %j",
    (bad) => {
      const error = catchError(() => new ServiceFlow({ baseUrl: bad, apiKey: KEY }));
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).not.toContain("secret");
    },
  );

  it.each([
    ["https://sf.test/api/v1", "/api/v1"],
    ["https://sf.test/below/api/v1/", "/api/v1"],
    ["https://sf.test/trpc", "/trpc"],
    ["https://sf.test/docs/", "/docs"],
  ])("names what is too much in the baseUrl %j", (bad, below) => {
    const [own = ""] = bad.split(below);
    expect(() => new ServiceFlow({ baseUrl: bad, apiKey: KEY })).toThrow(
      `baseUrl must not end in ${below}: pass ${own}`,
    );
    expect(new ServiceFlow({ baseUrl: `${own}/api/v1x`, apiKey: KEY }).baseUrl).toMatch(/v1x$/);
  });

  it("rejects an API key beside a session", () => {
    expect(() => new ServiceFlow({ baseUrl, apiKey: KEY, session: true })).toThrow(/either/);
  });

  it("rejects an empty API key", () => {
    expect(() => new ServiceFlow({ baseUrl, apiKey: "" })).toThrow("apiKey is empty.");
  });
});

it("accepts a URL object, and uses the global fetch at the time of the call", async () => {
  const sf = new ServiceFlow({ baseUrl: new URL("http://sf.test/below/"), apiKey: KEY });
  const fetch = vi.fn(async () => Response.json({ result: { data: {} } }));
  vi.stubGlobal("fetch", fetch);
  await sf.users.me();
  expect(fetch).toHaveBeenCalledWith("http://sf.test/below/trpc/users.me", expect.anything());
});

function catchError(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
