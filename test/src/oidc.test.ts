import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { toUuid } from "@serviceflow/domain";
import { ServiceFlow } from "@serviceflow/sdk";
import {
  compareState,
  connectPostgres,
  createApp,
  createLogger,
  createServices,
  type Database,
  OidcProvider,
  type RunningServer,
  readConfig,
  StateReport,
  serveOn,
} from "@serviceflow/server";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
} from "vitest";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { CLIENT, type RunningProvider, startProvider } from "./harness/oidc-provider.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { caller, fetchOf, openTestAppOn, type TestApp } from "./harness/test-app.ts";

/** As browsers have it: a proxy would lead it to one of the replicas. */
const PUBLIC_URL = "http://localhost:8000";
const OIDC = "/api/v1/session/oidc";
const CALLBACK = `${OIDC}/callback`;

let database: TestDatabase & { url: string };
let provider: RunningProvider;
let app: TestApp;
/** A server of its own, with a port. */
let second: RunningServer;
let lines = "";
/** What the first server's clock is ahead by, in milliseconds. */
let ahead = 0;

const log = createLogger("trace", false, {
  write(line) {
    lines += line;
  },
});

function settingsOf(changes: Record<string, string> = {}, issuer = provider.issuer) {
  return {
    PUBLIC_URL,
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: CLIENT.id,
    OIDC_CLIENT_SECRET: CLIENT.secret,
    ...changes,
  };
}

function providerOf(changes: Record<string, string> = {}): OidcProvider {
  const { oidc } = readConfig(settingsOf(changes), false);
  if (oidc === null) throw new Error("No provider.");
  return new OidcProvider(oidc, "/api/v1");
}

/** Another server on the same database, with settings of its own. */
function fetchWith(db: Database, changes: Record<string, string> = {}): typeof fetch {
  const { services } = createServices(db, log, { clock: () => new Date(Date.now() + ahead) });
  return fetchOf({ ...services, oidc: providerOf(changes) });
}

/** A browser: it keeps cookies, and follows redirects from the server to the provider and back. */
class Browser {
  readonly #jar = new Map<string, string>();
  fetch: typeof fetch;

  constructor(server: typeof fetch) {
    this.fetch = server;
  }

  async get(url: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(url);
    const isOwn = origin === PUBLIC_URL;
    const to = isOwn ? this.fetch : fetch;
    const site = isOwn ? "desk" : origin;
    const cookie = [...this.#jar]
      .filter(([name]) => name.startsWith(`${site} `))
      .map(([name, value]) => `${name.slice(site.length + 1)}=${value}`)
      .join("; ");
    const response = await to(url, {
      ...init,
      redirect: "manual",
      headers: { accept: "text/html", ...(cookie === "" ? {} : { cookie }) },
    });
    for (const set of response.headers.getSetCookie()) {
      const [pair = "", ...attributes] = set.split("; ");
      const [name = "", value = ""] = pair.split(/=(.*)/s);
      const isGone = value === "" || attributes.includes("Max-Age=0");
      if (isGone) this.#jar.delete(`${site} ${name}`);
      else this.#jar.set(`${site} ${name}`, value);
    }
    return response;
  }

  /** Signs out at the provider's own page, which ends this browser's session there and tells the clients. */
  async signOutAtProvider(): Promise<void> {
    const page = await this.get(`${provider.issuer}/session/end`).then((answer) => answer.text());
    const [, action = "", xsrf = ""] =
      /action="([^"]+)".*?name="xsrf" value="(\w+)"/s.exec(page) ?? [];
    const body = new URLSearchParams({ xsrf, logout: "yes" });
    expect((await this.get(action, { method: "POST", body })).status).toBe(303);
  }

  /** Follows redirects until one leads to a path of the server that the test names. */
  async follow(start: string, stop: (path: string) => boolean): Promise<string> {
    let url = start;
    for (let hops = 0; hops < 12; hops += 1) {
      const response = await this.get(url);
      const location = response.headers.get("location");
      if (location === null) throw new Error(`${url}: ${response.status} ${await response.text()}`);
      url = new URL(location, url).href;
      const { origin, pathname, search } = new URL(url);
      if (origin === PUBLIC_URL && stop(`${pathname}${search}`)) return url;
    }
    throw new Error(`Too many redirects: ${url}`);
  }

  /** Goes to the provider, and stops before the callback is called. */
  begin(start = OIDC, change: (url: URL) => void = () => {}): Promise<string> {
    return this.get(`${PUBLIC_URL}${start}`).then((response) => {
      const url = new URL(response.headers.get("location") ?? "");
      change(url);
      return this.follow(url.href, (path) => path.startsWith(CALLBACK));
    });
  }

  /** Signs in. @returns the path where it ended */
  async signIn(start = OIDC): Promise<string> {
    const url = await this.get(await this.begin(start)).then((response) =>
      response.headers.get("location"),
    );
    return String(url);
  }

  get session(): string | undefined {
    return this.#jar.get("desk serviceflow");
  }

  get transaction(): string | undefined {
    return this.#jar.get("desk serviceflow-oidc");
  }

  set transaction(value: string) {
    this.#jar.set("desk serviceflow-oidc", value);
  }

  call(path: string, method = "GET") {
    return caller(this.fetch, `${PUBLIC_URL}/api/v1`)(method, path, {
      headers: { cookie: `serviceflow=${this.session}`, "sec-fetch-site": "same-origin" },
    });
  }
}

/** A person with an account at the provider and, by default, a user with its address. */
let people = 0;
async function someone(fields: Record<string, unknown> = {}, claims: object = {}) {
  people += 1;
  const subject = `subject-${people}`;
  const email = `person${people}@example.com`;
  const user = await app.addUser({ fullName: `Person ${people}`, email, ...fields });
  provider.accounts.set(subject, { email, email_verified: true, name: user.fullName, ...claims });
  provider.visitor = subject;
  return { ...user, email, subject };
}

function logoutClaims(sub: string) {
  const iat = Math.floor(Date.now() / 1000);
  return {
    iss: provider.issuer,
    aud: CLIENT.id,
    sub,
    iat,
    exp: iat + 60,
    jti: `logout-${sub}-${iat}`,
    events: { "http://schemas.openid.net/event/backchannel-logout": {} },
  };
}

function entriesOf(subjectId: string) {
  return app
    .call("GET", `/audit-logs?subject=${subjectId}&limit=100`, { as: app.admin })
    .then(({ body }) => body.items as { action: string; actor: unknown; changes: unknown }[]);
}

beforeAll(async () => {
  database = await freshPostgres();
  app = await openTestAppOn(database);
  provider = await startProvider(PUBLIC_URL, async (issuer) => {
    const settings = { ...settingsOf({}, issuer), AUTH_FAILURES_PER_MINUTE: "0" };
    const db = connectPostgres({ ...database, poolSize: 4, preparedStatements: true, log });
    second = await serveOn(db, readConfig({ PORT: "0", ...settings }, false), log);
    second.becomeReady();
    return `${second.url}${OIDC}/backchannel-logout`;
  });
});

afterAll(async () => {
  await second.close();
  await provider.close();
  await app.close();
});

beforeEach(() => {
  provider.tamper = null;
  provider.isAway = false;
  ahead = 0;
});

const firstServer = () => fetchWith(database.db);
const secondServer = () =>
  ((url: string, init?: RequestInit) =>
    fetch(url.replace(PUBLIC_URL, second.url), init)) as typeof fetch;

describe("sign-in with an OpenID Connect provider", () => {
  it("starts on one replica and ends on another, with a session of the person", async () => {
    const person = await someone();
    const browser = new Browser(firstServer());
    const callback = await browser.begin(`${OIDC}?return=/console/requests%3Fq=a`);
    browser.fetch = secondServer();
    const answer = await browser.get(callback);
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe("/console/requests?q=a");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    expect(browser.transaction).toBeUndefined();
    const { body } = await browser.call("/session");
    expect(body).toMatchObject({ startedWith: "OIDC", user: { id: person.id } });
    const [issued] = await entriesOf(body.id);
    expect(issued).toMatchObject({
      action: "api_key.issued",
      actor: { id: person.id },
      changes: { sessionFrom: { to: "OIDC" } },
    });
  });

  it("keeps codes, states and addresses out of its log", async () => {
    const person = await someone({}, { email_verified: false });
    const browser = new Browser(secondServer());
    const callback = await browser.begin();
    await browser.get(callback);
    expect(lines).toContain(`"path":"${CALLBACK}"`);
    const { searchParams } = new URL(callback);
    for (const secret of [searchParams.get("code"), searchParams.get("state"), person.email]) {
      expect(secret).toBeTruthy();
      expect(lines).not.toContain(secret);
    }
  });

  it("asks the provider with PKCE and nonce, and says what a page needs to know", async () => {
    const browser = new Browser(firstServer());
    const answer = await browser.get(`${PUBLIC_URL}${OIDC}`);
    const query = Object.fromEntries(new URL(String(answer.headers.get("location"))).searchParams);
    expect(query).toEqual({
      client_id: CLIENT.id,
      response_type: "code",
      redirect_uri: `${PUBLIC_URL}${CALLBACK}`,
      scope: "openid email profile",
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
    });
    const cookie = answer.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(
      /^serviceflow-oidc=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/,
    );
    for (const secret of [query.state, query.nonce]) expect(cookie).not.toContain(secret);

    const options = await firstServer()(`${PUBLIC_URL}/api/v1/session/options`);
    expect(options.headers.get("cache-control")).toBe("public, max-age=60");
    expect(await options.json()).toEqual({
      oidc: { label: "Single sign-on", url: OIDC, signOutUrl: null },
    });
    const without = await app.call("GET", "/session/options");
    expect(without.body).toEqual({ oidc: null });
    const sf = (server: typeof fetch) =>
      new ServiceFlow({ baseUrl: PUBLIC_URL, session: true, fetch: server }).session.options();
    const asked = await sf(fetchWith(database.db, { OIDC_SIGN_OUT: "provider" }));
    expect(asked.oidc).toEqual({
      label: "Single sign-on",
      url: OIDC,
      signOutUrl: `${OIDC}/sign-out`,
    });
    expect(await sf(app.fetch)).toEqual({ oidc: null });
    expectProblem(await app.call("GET", "/session/oidc"), "not_found");
    expectProblem(await app.call("POST", "/session/oidc"), "method_not_allowed");
  });

  it("has names of its own for the cookies of encrypted connections", async () => {
    await someone();
    const { services } = createServices(database.db, log);
    const headers = { "x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.1" };
    const incoming = { headers, socket: { remoteAddress: "127.0.0.1" } };
    const secure = createApp({
      ...services,
      oidc: providerOf(),
      trustedProxies: ["loopback"],
    });
    const answer = await secure.request(`${PUBLIC_URL}${OIDC}`, { headers }, { incoming });
    expect(answer.headers.get("set-cookie")).toMatch(
      /^__Host-serviceflow-oidc=.*; Path=\/; .*; Secure$/,
    );
  });

  it.each([
    "//evil.example",
    "/\\evil.example",
    "/.//evil.example",
    "https://evil.example/",
    "/a b",
    "/\r\nset-cookie:a=b",
    `/${"a".repeat(512)}`,
    "",
  ])("refuses to return to %j", async (path) => {
    const answer = await firstServer()(
      `${PUBLIC_URL}${OIDC}?${new URLSearchParams({ return: path })}`,
    );
    expect(answer.status).toBe(422);
    expect(answer.headers.get("set-cookie")).toBeNull();
  });
});

it("goes on with sessions and sign-ins when the server restarts", async () => {
  const start = async () => {
    const db = connectPostgres({ ...database, poolSize: 2, preparedStatements: true, log });
    const server = await serveOn(db, readConfig({ ...settingsOf(), PORT: "0" }, false), log);
    server.becomeReady();
    const to = (url: string, init?: RequestInit) =>
      fetch(url.replace(PUBLIC_URL, server.url), init);
    return { to: to as typeof fetch, stop: () => server.close() };
  };
  await someone();
  const first = await start();
  const [signedIn, halfway] = [new Browser(first.to), new Browser(first.to)];
  expect(await signedIn.signIn()).toBe("/console/");
  const { id } = (await signedIn.call("/session")).body;
  const callback = await halfway.begin();
  await first.stop();
  const next = await start();
  try {
    for (const browser of [signedIn, halfway]) browser.fetch = next.to;
    expect((await signedIn.call("/session")).body.id).toBe(id);
    expect((await halfway.get(callback)).headers.get("location")).toBe("/console/");
    expect((await signedIn.call("/session", "DELETE")).body.id).toBe(id);
    expect((await signedIn.call("/session")).status).toBe(401);
    expect((await halfway.call("/session")).status).toBe(200);
  } finally {
    await next.stop();
  }
});

describe("sign-ins from one address", () => {
  let limited: RunningServer;
  const ask = (path: string, headers = {}) =>
    fetch(`${limited.url}${path}`, { redirect: "manual", headers });
  const statusesOf = async (paths: string[], headers = {}) => {
    const statuses: number[] = [];
    for (const path of paths) statuses.push((await ask(path, headers)).status);
    return statuses;
  };

  beforeEach(async () => {
    const db = connectPostgres({ ...database, poolSize: 2, preparedStatements: true, log });
    const settings = { ...settingsOf(), PORT: "0", AUTH_FAILURES_PER_MINUTE: "1" };
    limited = await serveOn(db, readConfig(settings, false), log);
    limited.becomeReady();
  });
  afterEach(() => limited.close());

  it("are limited, ten times as far as guesses are", async () => {
    const five = Array.from({ length: 5 });
    const paths = five.flatMap(() => [OIDC, `${CALLBACK}?code=a&state=b`]);
    expect(await statusesOf([...paths, OIDC, CALLBACK])).toEqual([
      ...five.flatMap(() => [303, 401]),
      ...[429, 429],
    ]);
    const answer = await ask(OIDC, { accept: "text/html" });
    expect(answer.headers.get("location")).toBe("/console/?signIn=busy");
    expect(answer.headers.get("set-cookie")).toBeNull();
    // What needs no provider goes on.
    expect(await statusesOf(["/api/v1/session/options"])).toEqual([200]);
  });

  it("are held up by no page elsewhere, and by nobody who is refused", async () => {
    const person = await someone();
    // An image, a frame and a script of any page can call with the address of its visitors, and so can a form.
    for (const to of ["image", "iframe", "empty"]) {
      const many = Array.from({ length: 6 }, () => OIDC);
      const forbidden = many.map(() => 403);
      expect(await statusesOf(many, { "sec-fetch-dest": to })).toEqual(forbidden);
    }
    const form = { method: "POST", body: new URLSearchParams({ logout_token: "forged" }) };
    const forged = () => fetch(`${limited.url}${OIDC}/backchannel-logout`, form);
    expect([(await forged()).status, (await forged()).status]).toEqual([400, 429]);
    provider.visitor = "stranger";
    provider.accounts.set("stranger", { email: "stranger@example.com", email_verified: true });
    const browser = new Browser(((url: string, init?: RequestInit) =>
      fetch(url.replace(PUBLIC_URL, limited.url), init)) as typeof fetch);
    expect(await browser.signIn()).toBe("/console/?signIn=not_admitted");
    // A new key is looked up: the address is not blocked.
    const { status } = await ask("/api/v1/users/me", { "x-api-key": person.key });
    expect(status).toBe(200);
    expect(await statusesOf([OIDC], { "sec-fetch-dest": "document" })).toEqual([303]);
  });
});

/** Starts a sign-in with a provider that answers everything so. */
async function startWith(listener: (issuer: string, response: ServerResponse) => void) {
  let issuer = "";
  const server = createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    listener(issuer, response);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return fetchWith(database.db, { OIDC_ISSUER: issuer })(`${PUBLIC_URL}${OIDC}`);
}

it.each([
  ["authorization_endpoint", "javascript:alert(1)"],
  ["authorization_endpoint", "http://id.example.com/"],
  ["end_session_endpoint", "data:text/html,x"],
])("sends nobody to a provider whose %s is %s", async (name, url) => {
  const answer = await startWith((issuer, response) => {
    const endpoint = `${issuer}/x`;
    const metadata = { issuer, authorization_endpoint: endpoint, jwks_uri: endpoint };
    response.end(JSON.stringify({ ...metadata, [name]: url }));
  });
  expect([answer.status, answer.headers.get("location")]).toEqual([503, null]);
});

it("reads no more of what a provider says than is sensible", async () => {
  let sent = 0;
  const answer = await startWith((_, response) => {
    const piece = Buffer.alloc(256 * 1024, " ");
    const send = () => {
      sent += piece.length;
      response.write(piece);
    };
    response.on("drain", send);
    send();
  });
  expect(answer.status).toBe(503);
  expect(sent).toBeLessThan(16 * 1024 * 1024);
});

describe("the callback refuses", () => {
  async function expectRefused(browser: Browser, url: string, code: string) {
    const answer = await browser.get(url);
    expect(answer.headers.get("location")).toBe(`/console/?signIn=${code}`);
    expect(browser.session).toBeUndefined();
    expect(browser.transaction).toBeUndefined();
  }

  it("another state, and another browser, before it asks the provider", async () => {
    await someone();
    const browser = new Browser(firstServer());
    const callback = await browser.begin();
    const before = provider.exchanges;
    const other = new Browser(firstServer());
    await expectRefused(other, callback, "expired");
    await other.begin();
    await expectRefused(other, callback, "expired");
    const forged = new URL(callback);
    forged.searchParams.set("state", "a".repeat(43));
    await expectRefused(browser, forged.href, "expired");
    expect(provider.exchanges).toBe(before);
  });

  it("a sign-in that took too long, and one that was sealed elsewhere or changed", async () => {
    await someone();
    const browser = new Browser(firstServer());
    const late = await browser.begin();
    ahead = 601_000;
    await expectRefused(browser, late, "expired");
    ahead = 0;

    const secret = { OIDC_STATE_SECRET: "another secret, which no other replica has" };
    const elsewhere = new Browser(fetchWith(database.db, secret));
    const callback = await elsewhere.begin();
    elsewhere.fetch = firstServer();
    await expectRefused(elsewhere, callback, "expired");

    const own = await browser.begin();
    const sealed = browser.transaction ?? "";
    for (const changed of [`${sealed.slice(0, -8)}AAAAAAAA`, sealed.slice(0, 20), "", "%00"]) {
      browser.transaction = changed;
      await expectRefused(browser, own, "expired");
    }
  });

  it("a code that was used before", async () => {
    await someone();
    const browser = new Browser(firstServer());
    const callback = await browser.begin();
    const kept = browser.transaction ?? "";
    expect((await browser.get(callback)).headers.get("location")).toBe("/console/");
    const thief = new Browser(firstServer());
    thief.transaction = kept;
    await expectRefused(thief, callback, "failed");
  });

  it.each(["nonce", "code_challenge"])("an answer to another %s", async (name) => {
    await someone();
    const browser = new Browser(firstServer());
    const callback = await browser.begin(OIDC, (url) => {
      url.searchParams.set(name, "a".repeat(43));
    });
    await expectRefused(browser, callback, "failed");
  });

  type Parts = { header: Record<string, unknown>; claims: Record<string, unknown> };
  const reissued = (change: (parts: Parts) => void) => (answer: Record<string, unknown>) => {
    const [header, claims] = String(answer.id_token)
      .split(".", 2)
      .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()));
    change({ header, claims });
    answer.id_token = provider.token(header, claims);
  };
  const forgeries: [string, (answer: Record<string, unknown>) => void][] = [
    ["without a token", (answer) => delete answer.id_token],
    [
      "whose signature is of other claims",
      (answer) => {
        const [header, claims, signature] = String(answer.id_token).split(".");
        const text = Buffer.from(claims as string, "base64url").toString();
        const forged = Buffer.from(text.replace(/person\d+@/, "ada@")).toString("base64url");
        answer.id_token = `${header}.${forged}.${signature}`;
      },
    ],
    [
      "without a signature",
      (answer) => {
        const [, claims] = String(answer.id_token).split(".");
        const header = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
        answer.id_token = `${header}.${claims}.`;
      },
    ],
    [
      "for another client",
      reissued(({ claims }) => {
        claims.aud = "public";
      }),
    ],
    [
      "of another issuer",
      reissued(({ claims }) => {
        claims.iss = "https://id.example.com";
      }),
    ],
    [
      "that has expired",
      reissued(({ claims }) => {
        claims.exp = Math.floor(Date.now() / 1000) - 120;
      }),
    ],
  ];
  it.each(forgeries)("an ID token %s", async (_, tamper) => {
    await someone();
    const browser = new Browser(firstServer());
    const callback = await browser.begin();
    provider.tamper = tamper;
    await expectRefused(browser, callback, "failed");
  });

  it("a provider that is away, and lets people in when it is back", async () => {
    await someone();
    const server = firstServer();
    const browser = new Browser(server);
    provider.isAway = true;
    await expectRefused(browser, `${PUBLIC_URL}${OIDC}`, "unavailable");
    const program = await server(`${PUBLIC_URL}${OIDC}`);
    expect(program.status).toBe(503);
    provider.isAway = false;
    browser.fetch = firstServer();
    const callback = await browser.begin();
    provider.isAway = true;
    await expectRefused(browser, callback, "unavailable");
    provider.isAway = false;
    expect(await browser.signIn()).toBe("/console/");
  });

  it("a key that the provider has withdrawn, and takes its new one at once", async () => {
    const person = await someone();
    const server = firstServer();
    const signIn = () => new Browser(server).signIn();
    const sendLogout = (token: string) => {
      const body = new URLSearchParams({ logout_token: token }).toString();
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      return server(`${PUBLIC_URL}${OIDC}/backchannel-logout`, { method: "POST", headers, body });
    };
    expect(await signIn()).toBe("/console/");
    const old = provider.token({}, logoutClaims(person.subject));
    provider.rotateKeys();
    const before = provider.keyReads;
    expect(await signIn()).toBe("/console/");
    expect(provider.keyReads).toBe(before + 1);
    expect((await sendLogout(old)).status).toBe(400);
    // Strangers who make up keys have them looked for a few times, and takes nothing from those who sign in.
    for (let i = 0; i < 8; i += 1) {
      const made = provider.token({ kid: `made up ${i}` }, logoutClaims(person.subject));
      expect((await sendLogout(made)).status).toBe(400);
    }
    expect(provider.keyReads).toBe(before + 4);
    provider.rotateKeys();
    expect(await signIn()).toBe("/console/");
    expect((await sendLogout(provider.token({}, logoutClaims(person.subject)))).status).toBe(200);
    expect(provider.keyReads).toBe(before + 5);
  });

  it("somebody who does not consent, and what is not a callback", async () => {
    const browser = new Browser(firstServer());
    const callback = new URL(await browser.begin());
    callback.searchParams.delete("code");
    callback.searchParams.set("error", "access_denied");
    await expectRefused(browser, callback.href, "denied");
    await expectRefused(browser, `${PUBLIC_URL}${CALLBACK}`, "expired");
  });
});

describe("a person is matched by address", () => {
  const refusal = "/console/?signIn=not_admitted";
  const signIn = (changes: Record<string, string> = {}) =>
    new Browser(fetchWith(database.db, changes)).signIn();

  it("in any case, only if it is verified, and with one account alone", async () => {
    const person = await someone();
    const upper = { email: person.email.toUpperCase(), name: "Renamed" };
    for (const email_verified of [false, undefined, "true", 1]) {
      provider.accounts.set(person.subject, { ...upper, email_verified });
      expect(await signIn()).toBe(refusal);
    }
    provider.accounts.set(person.subject, { ...upper, email_verified: true });
    expect(await signIn()).toBe("/console/");
    // Somebody else gets the address.
    provider.visitor = "recycled";
    provider.accounts.set("recycled", { email: person.email, email_verified: true });
    expect(await signIn()).toBe(refusal);
    expect(lines).toContain('"reason":"another_account"');
    const linked = async () =>
      (await entriesOf(person.id)).filter(({ action }) => action === "user.identity_linked");
    const to = (account: string) => ({
      actor: { id: person.id, fullName: person.fullName },
      changes: {
        issuer: { from: null, to: provider.issuer },
        account: { from: null, to: account },
      },
    });
    expect(await linked()).toMatchObject([to(person.subject)]);
    // The account goes on to be theirs with another address.
    provider.visitor = person.subject;
    provider.accounts.set(person.subject, { email: "new@example.com", email_verified: true });
    expect(await signIn()).toBe("/console/");
    // An administrator unbinds it by deactivating the user for a moment.
    for (const active of [false, true]) {
      await app.call("PATCH", `/users/${person.id}`, { as: app.admin, body: { active } });
    }
    expect(await signIn()).toBe(refusal);
    provider.visitor = "recycled";
    expect(await signIn()).toBe("/console/");
    expect(await linked()).toMatchObject([to("recycled"), to(person.subject)]);
    // The entries hold commitments to the accounts, which go with the person.
    const stored = async (table: string) =>
      JSON.stringify(await runSql(database.db, `select * from ${table}`));
    expect(await stored("audit_logs")).not.toContain(person.subject);
    expect(await stored("audit_private_values")).toContain(`"${person.subject}"`);
    await app.call("POST", `/users/${person.id}/erase`, { as: app.admin });
    expect(await stored("audit_private_values")).not.toContain(`"${person.subject}"`);
  });

  it("unless they are unknown, inactive, erased or a service account, which all look alike", async () => {
    const reasons = ["unknown_user", "inactive_user", "inactive_user", "service_account"];
    provider.visitor = "stranger";
    provider.accounts.set("stranger", { email: "stranger@example.com", email_verified: true });
    expect(await signIn()).toBe(refusal);
    const leaver = await someone();
    expect(await signIn()).toBe("/console/");
    await app.call("PATCH", `/users/${leaver.id}`, { as: app.admin, body: { active: false } });
    expect(await signIn()).toBe(refusal);
    const erased = await someone();
    expect(await signIn()).toBe("/console/");
    await app.call("POST", `/users/${erased.id}/erase`, { as: app.admin });
    expect(await signIn()).toBe(refusal);
    const [left] = await runSql(
      database.db,
      `select count(*)::int as count from user_identities where subject in ('${leaver.subject}', '${erased.subject}')`,
    );
    expect(left).toEqual({ count: 0 });
    await someone({ kind: "BOT" });
    expect(await signIn()).toBe(refusal);
    for (const reason of reasons) expect(lines).toContain(`"reason":"${reason}"`);
  });

  it("and gets a user if strangers may sign up, once however often they come at a time", async () => {
    provider.visitor = "newcomer";
    provider.accounts.set("newcomer", {
      email: "Newcomer@Example.com",
      email_verified: true,
      name: "New Comer",
    });
    const settings = { OIDC_SIGN_UP: "EMPLOYEE" };
    const browsers = Array.from({ length: 4 }, () => new Browser(fetchWith(database.db, settings)));
    expect(await Promise.all(browsers.map((browser) => browser.signIn()))).toEqual(
      browsers.map(() => "/console/"),
    );
    const { body } = await (browsers[0] as Browser).call("/users/me");
    expect(body).toMatchObject({
      email: "newcomer@example.com",
      fullName: "New Comer",
      role: "EMPLOYEE",
    });
    expect((await entriesOf(body.id)).map(({ action, actor }) => [action, actor])).toEqual([
      ["user.identity_linked", null],
      ["user.created", null],
    ]);
    const keys = await app.call("GET", `/users/${body.id}/api-keys`, { as: app.admin });
    expect(keys.body.items).toEqual([]);
    const domains = { ...settings, OIDC_EMAIL_DOMAINS: "example.org" };
    expect(await signIn(domains)).toBe(refusal);
  });

  it("which counts without a word of the provider only if the operator trusts it", async () => {
    const { email, subject } = await someone();
    provider.accounts.set(subject, { email, name: "Somebody" });
    expect(await signIn()).toBe(refusal);
    const trusting = { OIDC_TRUST_EMAIL: "true" };
    expect(await signIn(trusting)).toBe("/console/");
    provider.accounts.set(subject, { email, email_verified: false });
    expect(await signIn(trusting)).toBe(refusal);
  });

  it("and a public client needs PKCE alone", async () => {
    await someone();
    const settings = {
      OIDC_CLIENT_ID: "public",
      OIDC_CLIENT_SECRET: "",
      OIDC_STATE_SECRET: "a secret that all replicas have in common",
    };
    expect(await signIn(settings)).toBe("/console/");
  });
});

describe("a role by claim", () => {
  const roles = {
    OIDC_ROLE_CLAIM: "groups",
    OIDC_ROLE_MAP: "desk-admins=ADMIN,desk=AGENT",
  };

  it("is taken at each sign-in, and recorded as the provider's change", async () => {
    const person = await someone({}, { groups: ["all", "desk"] });
    const browser = new Browser(fetchWith(database.db, roles));
    const roleNow = async () => {
      expect(await browser.signIn()).toBe("/console/");
      return (await browser.call("/users/me")).body.role;
    };
    expect(await roleNow()).toBe("AGENT");
    const claims = { email: person.email, email_verified: true };
    provider.accounts.set(person.subject, { ...claims, groups: ["desk", "desk-admins"] });
    expect(await roleNow()).toBe("ADMIN");
    provider.accounts.set(person.subject, { ...claims, groups: "DESK" });
    expect(await roleNow()).toBe("EMPLOYEE");
    const changes = (await entriesOf(person.id)).filter(
      ({ action }) => action === "user.role_changed",
    );
    expect(changes.map(({ actor }) => actor)).toEqual([null, null, null]);
  });

  it("is not taken from the last administrator with a key", async () => {
    provider.visitor = "ada";
    provider.accounts.set("ada", { email: "ada@example.com", email_verified: true, groups: [] });
    const browser = new Browser(fetchWith(database.db, roles));
    expect(await browser.signIn()).toBe("/console/?signIn=last_admin");
    expect(browser.session).toBeUndefined();
    const { body } = await app.call("GET", "/users/me", { as: app.admin });
    expect(body.role).toBe("ADMIN");
  });
});

it("holds every linked account against the log", async () => {
  const person = await someone();
  await new Browser(firstServer()).signIn();
  const found = async (change = "select 1") => {
    await runSql(database.db, change);
    const report = new StateReport(false);
    await compareState(database.db, report);
    return report
      .result()
      .found.map(({ id, field }) => `${id} ${field}`)
      .sort();
  };
  expect(await found()).toEqual([]);
  const owner = toUuid("user", person.id);
  const other = await someone();
  const uuid = toUuid("user", other.id);
  expect(
    await found(`update user_identities set subject = 'another' where user_id = '${owner}'`),
  ).toEqual([`${person.id} account`]);
  const restored = `update user_identities set subject = '${person.subject}' where user_id = '${owner}'`;
  expect(await found(restored)).toEqual([]);
  expect(
    await found(
      `insert into user_identities values ('${uuid}', '${provider.issuer}', 'of a stranger', now())`,
    ),
  ).toEqual(["account", "identities", "issuer"].map((field) => `${other.id} ${field}`));
  expect(await found(`delete from user_identities where user_id = '${uuid}'`)).toEqual([]);
});

describe("a person who signs out at the provider", () => {
  const LOGOUT = `${OIDC}/backchannel-logout`;
  const post = (token: string) =>
    firstServer()(`${PUBLIC_URL}${LOGOUT}`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ logout_token: token }).toString(),
    });

  it("is signed out on every replica, and nobody else is", async () => {
    const bystander = await someone();
    const other = new Browser(firstServer());
    await other.signIn();
    const person = await someone();
    const browser = new Browser(firstServer());
    await browser.signIn();
    const { body } = await browser.call("/session");
    const own = { as: person, body: { purpose: "API_KEY" } };
    const { body: code } = await app.call("POST", "/users/me/codes", own);
    // The second server receives it, and the first one has the session.
    await provider.sendLogout(person.subject);
    expectProblem(await browser.call("/session"), "unauthenticated");
    expect((await app.call("GET", "/users/me", { as: person })).status).toBe(200);
    // What their key issued ends with the key.
    const { body: codes } = await app.call("GET", "/users/me/codes", { as: person });
    expect(codes.items.map(({ id }: { id: string }) => id)).toEqual([code.id]);
    expect((await other.call("/session")).body.user.id).toBe(bystander.id);
    expect((await entriesOf(body.id)).map(({ action, actor }) => [action, actor])).toContainEqual([
      "api_key.revoked",
      null,
    ]);
    // Again, and for nobody: no difference.
    await provider.sendLogout(person.subject);
    expect((await post(provider.token({}, logoutClaims("nobody")))).status).toBe(200);
  });

  it("is signed out where they were, and stays signed in elsewhere", async () => {
    await someone();
    const [phone, laptop] = [new Browser(firstServer()), new Browser(firstServer())];
    for (const browser of [phone, laptop]) expect(await browser.signIn()).toBe("/console/");
    await phone.signOutAtProvider();
    expectProblem(await phone.call("/session"), "unauthenticated");
    expect((await laptop.call("/session")).status).toBe(200);
  });

  it("is signed out of what a token names: one session, or those of an account", async () => {
    const sids = new Map<string, string>();
    const signedIn = async (settings: Record<string, string> = {}) => {
      const browser = new Browser(fetchWith(database.db, settings));
      provider.tamper = ({ id_token }) => {
        const [, claims = ""] = String(id_token).split(".");
        const { sid } = JSON.parse(Buffer.from(claims, "base64url").toString());
        if (sid !== undefined) sids.set(provider.visitor, sid);
      };
      expect(await browser.signIn()).toBe("/console/");
      provider.tamper = null;
      return browser;
    };
    const isIn = async (...browsers: Browser[]) => {
      const answers = await Promise.all(browsers.map((browser) => browser.call("/session")));
      return answers.map(({ status }) => status === 200);
    };
    const other = await someone();
    const others = await signedIn();
    const person = await someone();
    const phone = await signedIn();
    const sid = sids.get(person.subject) as string;
    const laptop = await signedIn();
    const unnamed = await signedIn({
      OIDC_CLIENT_ID: "public",
      OIDC_CLIENT_SECRET: "",
      OIDC_STATE_SECRET: "a secret that all replicas have in common",
    });
    const all = [others, phone, laptop, unnamed];
    const { sub, ...named } = logoutClaims(person.subject);
    const send = async (claims: object) => {
      expect((await post(provider.token({}, claims))).status).toBe(200);
      return isIn(...all);
    };
    expect(await send({ ...named, sid: "nobody's" })).toEqual([true, true, true, true]);
    expect(await send({ ...named, sid })).toEqual([true, false, true, true]);
    // It can be any session that names none of the provider's.
    const theirs = sids.get(other.subject);
    expect(await send({ ...named, sub, sid: theirs })).toEqual([true, false, true, false]);
    expect(await send({ ...named, sub })).toEqual([true, false, false, false]);
    expect(await send({ ...named, sid: theirs })).toEqual([false, false, false, false]);
  });

  it("keeps the sessions that began after it", async () => {
    const person = await someone();
    const token = provider.token({}, logoutClaims(person.subject));
    const browser = new Browser(firstServer());
    ahead = 120_000;
    await browser.signIn();
    ahead = 0;
    expect((await post(token)).status).toBe(200);
    expect((await browser.call("/session")).status).toBe(200);
  });

  it.each<[string, (claims: ReturnType<typeof logoutClaims>) => object, object?]>([
    ["for another client", (claims) => ({ ...claims, aud: "public" })],
    ["of another issuer", (claims) => ({ ...claims, iss: "https://id.example.com" })],
    ["that is an ID token", ({ events, ...claims }) => claims],
    ["with another event", (claims) => ({ ...claims, events: { other: {} } })],
    ["with a nonce", (claims) => ({ ...claims, nonce: "n" })],
    ["without an id", ({ jti, ...claims }) => claims],
    ["without a subject and a session", ({ sub, ...claims }) => claims],
    ["with a session that is not text", ({ sub, ...claims }) => ({ ...claims, sid: 7 })],
    ["that is old", (claims) => ({ ...claims, iat: claims.iat - 400 })],
    ["that has expired", (claims) => ({ ...claims, exp: claims.iat - 60 })],
    ["signed with a secret", (claims) => claims, { alg: "HS256" }],
    ["without a signature", (claims) => claims, { alg: "none" }],
  ])("is not signed out by a token %s", async (_, change, header = {}) => {
    const answer = await post(provider.token(header, change(logoutClaims("nobody"))));
    expect(answer.status).toBe(400);
  });

  it("can be sent to the provider's own page to sign out", async () => {
    const fetchServer = fetchWith(database.db, { OIDC_SIGN_OUT: "provider" });
    const options = await fetchServer(`${PUBLIC_URL}/api/v1/session/options`);
    const { oidc } = (await options.json()) as { oidc: { signOutUrl: string } };
    const answer = await fetchServer(`${PUBLIC_URL}${oidc.signOutUrl}`);
    const url = new URL(String(answer.headers.get("location")));
    expect(url.origin).toBe(provider.issuer);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: CLIENT.id,
      post_logout_redirect_uri: `${PUBLIC_URL}/console/`,
    });
    const local = await firstServer()(`${PUBLIC_URL}${OIDC}/sign-out`);
    expect(local.status).toBe(404);
  });
});
