import { randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import vm from "node:vm";
import {
  createHandler,
  type RawDelivery,
  signWebhook,
  verifyWebhook,
} from "@serviceflow/sdk/webhooks";
import { Headers as UndiciHeaders, Request as UndiciRequest } from "undici";
import { describe, expect, it } from "vitest";

const SECRET = `whsec_${randomBytes(32).toString("base64")}`;
const BODY = JSON.stringify({ data: { id: "evt_1", type: "request.created", title: "Größe 🙂" } });
const URL_OF_BOT = "http://bot.test/";

const signed = () => signWebhook(BODY, SECRET);

/** A class of headers that is nobody's `Headers`, as node-fetch, @whatwg-node/server and others have one. */
class OwnHeaders {
  readonly #values = new Map<string, string>();
  constructor(values: Record<string, string>) {
    for (const [name, value] of Object.entries(values)) this.#values.set(name.toLowerCase(), value);
  }
  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }
}

/** The classes of another realm, as Jest gives to tests. */
const realm = vm.createContext({ TextEncoder }) as Record<string, unknown>;
const inRealm = <T>(code: string): T => vm.runInContext(code, realm) as T;

const titled = (values: Record<string, string>) =>
  Object.entries(values).map(([name, value]): [string, string] => [
    name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase()),
    value,
  ]);

type Values = Record<string, string>;
const HEADERS: [string, (values: Values) => RawDelivery["headers"]][] = [
  ["the global Headers", (values) => new Headers(values)],
  ["the Headers of undici's package", (values) => new UndiciHeaders(values)],
  ["a class of its own with get", (values) => new OwnHeaders(values)],
  ["a Map", (values) => new Map(Object.entries(values))],
  ["a Map with capitals", (values) => new Map(titled(values))],
  ["a plain object", (values) => values],
  ["a plain object with capitals", (values) => Object.fromEntries(titled(values))],
  ["an object without a prototype", (values) => Object.assign(Object.create(null), values)],
  [
    "a plain object with arrays",
    (values) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]])),
  ],
  ["a plain object with a header named get", (values) => ({ ...values, get: "all" })],
  ["a Map of another realm", (values) => fill(inRealm("new Map()"), values)],
];

function fill(map: Map<string, string>, values: Values): Map<string, string> {
  for (const [name, value] of Object.entries(values)) map.set(name, value);
  return map;
}

const bytes = () => new TextEncoder().encode(BODY);
const BODIES: [string, () => RawDelivery["body"]][] = [
  ["a string", () => BODY],
  ["a Buffer", () => Buffer.from(BODY)],
  ["a part of a larger Buffer", () => Buffer.from(`xx${BODY}yy`).subarray(2, -2)],
  ["a Uint8Array", bytes],
  ["an ArrayBuffer", () => bytes().buffer],
  ["a DataView", () => new DataView(bytes().buffer)],
  [
    "a Uint8Array of another realm",
    () => {
      realm.text = BODY;
      return inRealm("Uint8Array.from(new TextEncoder().encode(text))");
    },
  ],
  [
    "an ArrayBuffer of another realm",
    () => {
      realm.text = BODY;
      return inRealm("Uint8Array.from(new TextEncoder().encode(text)).buffer");
    },
  ],
  ["a ReadableStream", () => new Response(BODY).body],
  ["a Readable of Node", () => Readable.from([Buffer.from(BODY)])],
  ["a Readable of strings", () => Readable.from([BODY.slice(0, 40), BODY.slice(40)])],
];

describe("a valid delivery", () => {
  it.each(HEADERS)("is accepted with %s", async (_what, headersOf) => {
    const headers = headersOf(await signed());
    expect(await verifyWebhook({ headers, body: BODY }, SECRET)).toMatchObject({
      event: { id: "evt_1", title: "Größe 🙂" },
    });
    const request = Object.assign(new Request(URL_OF_BOT, { method: "POST", body: BODY }), {});
    Object.defineProperty(request, "headers", { value: headers });
    expect((await createHandler({ secret: SECRET })(request)).status).toBe(204);
  });

  it.each(BODIES)("is accepted with %s as its body", async (_what, body) => {
    const headers = await signed();
    expect(await verifyWebhook({ headers, body: body() }, SECRET)).toMatchObject({
      event: { title: "Größe 🙂" },
    });
    const delivery = { method: "POST", headers, body: body() } as unknown as Request;
    expect((await createHandler({ secret: SECRET })(delivery)).status).toBe(204);
  });

  it("is accepted as a Request of undici's package", async () => {
    const request = () =>
      signed().then(
        (headers) => new UndiciRequest(URL_OF_BOT, { method: "POST", headers, body: BODY }),
      );
    expect(await verifyWebhook((await request()) as RawDelivery, SECRET)).toMatchObject({
      event: { id: "evt_1" },
    });
    const handle = createHandler({ secret: SECRET });
    expect((await handle((await request()) as unknown as Request)).status).toBe(204);
  });

  it("is accepted as a Request without body, which some runtimes have", async () => {
    const request = new Request(URL_OF_BOT, {
      method: "POST",
      headers: await signed(),
      body: BODY,
    });
    Object.defineProperty(request, "body", { value: undefined });
    expect((await createHandler({ secret: SECRET })(request)).status).toBe(204);
  });
});

/** Bodies that are no longer what was sent. */
const LOST: [string, (request: Request) => Promise<unknown>][] = [
  [
    "a body that was parsed",
    async (request) => ({ method: "POST", headers: request.headers, body: await request.json() }),
  ],
  [
    "a body that was parsed to an array",
    async (request) => ({ method: "POST", headers: request.headers, body: [1] }),
  ],
  [
    "a body that no parser has set",
    async (request) => ({ method: "POST", headers: request.headers, body: undefined }),
  ],
  [
    "a Request that was read",
    async (request) => {
      await request.text();
      return request;
    },
  ],
  [
    "a Request that is being read",
    async (request) => {
      request.body?.getReader();
      return request;
    },
  ],
  [
    "a Readable that was read",
    async (request) => {
      const body = Readable.from([await request.text()]);
      for await (const _ of body);
      return { method: "POST", headers: request.headers, body };
    },
  ],
  [
    "a stream of objects",
    async (request) => ({ method: "POST", headers: request.headers, body: Readable.from([{}]) }),
  ],
];

describe("a valid delivery whose body is lost", () => {
  it.each(LOST)("is refused with what to do, never with 500 or 401: %s", async (_what, lose) => {
    const headers = { ...(await signed()), "content-length": String(bytes().length) };
    const delivery = async () =>
      (await lose(new Request(URL_OF_BOT, { method: "POST", headers, body: BODY }))) as Request;
    const refused = verifyWebhook(await delivery(), SECRET);
    await expect(refused).rejects.toMatchObject({ code: "raw_body_required" });
    await expect(refused).rejects.toThrow(/raw bytes.*express\.raw/);
    const errors: unknown[] = [];
    const handle = createHandler({ secret: SECRET, onError: (error) => errors.push(error) });
    expect((await handle(await delivery())).status).toBe(400);
    expect(errors).toMatchObject([{ code: "raw_body_required" }]);
  });

  it.each([
    ["a read Request", () => new Request(URL_OF_BOT, { method: "POST" })],
    ["no headers", () => ({ method: "POST", body: {} })],
  ])("is not announced to a forger: %s", async (_what, delivery) => {
    const handle = createHandler({ secret: SECRET, onError: () => {} });
    expect((await handle(delivery() as unknown as Request)).status).toBe(401);
  });
});

describe("Node's own requests", () => {
  /** Posts a signed delivery to a listener of node:http. */
  async function post(listener: (request: http.IncomingMessage) => Promise<unknown>) {
    const results: unknown[] = [];
    const server = http.createServer(async (request, response) => {
      results.push(await listener(request).catch((error: unknown) => error));
      response.end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await fetch(`http://127.0.0.1:${port}/`, {
      method: "POST",
      headers: await signed(),
      body: BODY,
    });
    server.close();
    return results[0];
  }

  it("are accepted with their headers, and themselves as the body", async () => {
    const result = await post((request) =>
      verifyWebhook({ headers: request.headers, body: request }, SECRET),
    );
    expect(result).toMatchObject({ event: { id: "evt_1" } });
  });

  it("are refused with what to do once a parser has read them", async () => {
    const result = await post(async (request) => {
      for await (const _ of request);
      return verifyWebhook({ headers: request.headers, body: request }, SECRET);
    });
    expect(result).toMatchObject({ code: "raw_body_required" });
  });
});
