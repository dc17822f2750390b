import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { createHandler, signWebhook, toNodeHandler } from "@serviceflow/sdk/webhooks";
import express from "express";
// @ts-expect-error: it has no types of its own
import express4 from "express4";
import Fastify from "fastify";
import { afterEach, describe, expect, it, vi } from "vitest";
import { codeBlocks } from "./harness/code-blocks.ts";
import { chunk, RawConnection } from "./harness/raw-connection.ts";

const SECRET = `whsec_${randomBytes(32).toString("base64")}`;
const BODY = JSON.stringify({
  data: { id: "evt_1", type: "request.created", request: { title: "Größe 🙂" } },
});
const README = new URL("../../packages/sdk/README.md", import.meta.url);

type Handle = ReturnType<typeof createHandler>;
type Listener = http.RequestListener;
/** How a framework is set up: as documented, with a parser that keeps the bytes, or with one that does not. */
type Setup = "documented" | "keeps bytes" | "parses";

const expressListener =
  (framework: typeof express) =>
  (handle: Handle, setup: Setup): Listener => {
    const app = framework();
    if (setup === "parses") app.use(framework.json());
    const raw = setup === "keeps bytes" ? [framework.raw({ type: "application/json" })] : [];
    app.post("/serviceflow", ...raw, toNodeHandler(handle));
    return app;
  };

const FRAMEWORKS: Record<string, (handle: Handle, setup: Setup) => Promise<Listener> | Listener> = {
  "node:http": (handle, setup) => async (request, response) => {
    const chunks: unknown[] = [];
    if (setup !== "documented") for await (const each of request) chunks.push(each);
    const rawBody = Buffer.concat(chunks as Buffer[]);
    if (setup === "keeps bytes") Object.assign(request, { rawBody });
    await toNodeHandler(handle)(request, response);
  },
  "Express 4": expressListener(express4),
  "Express 5": expressListener(express),
  "Fastify 5": async (handle, setup) => {
    const app = Fastify();
    await app.register(async (scope) => {
      if (setup === "documented") {
        scope.addContentTypeParser("application/json", (_request, _payload, done) => done(null));
      } else if (setup === "keeps bytes") {
        const options = { parseAs: "buffer" } as const;
        scope.addContentTypeParser(
          "application/json",
          options,
          async (_: unknown, body: Buffer) => body,
        );
      }
      scope.post("/serviceflow", toNodeHandler(handle));
    });
    await app.ready();
    return app.routing;
  },
};

const open: http.Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close().closeAllConnections();
});

async function listen(listener: Listener): Promise<string> {
  const server = http.createServer(listener).listen(0, "127.0.0.1");
  open.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/serviceflow`;
}

const deliver = async (url: string, body = BODY, secret = SECRET) =>
  (await fetch(url, { method: "POST", headers: await signWebhook(body, secret), body })).status;

describe.each(Object.keys(FRAMEWORKS))("toNodeHandler on %s", (name) => {
  async function receiver(setup: Setup, act: () => unknown = () => {}) {
    const titles: unknown[] = [];
    const errors: unknown[] = [];
    const handle = createHandler({
      secret: SECRET,
      on: {
        "request.created": ({ request }) => {
          titles.push(request?.title);
          return act();
        },
      },
      onError: (error) => errors.push(error),
    });
    const listener = await FRAMEWORKS[name]?.(handle, setup);
    return { url: await listen(listener as Listener), titles, errors };
  }

  it.each(["documented", "keeps bytes"] as const)(
    "receives signed deliveries, and answers 401 to others (%s)",
    async (setup) => {
      const { url, titles, errors } = await receiver(setup);
      expect(await deliver(url)).toBe(204);
      expect(await deliver(url, BODY, `whsec_${btoa("another")}`)).toBe(401);
      const unsigned = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: BODY,
      });
      expect(unsigned.status).toBe(401);
      expect(titles).toEqual(["Größe 🙂"]);
      expect(errors).toMatchObject([{ code: "invalid_signature" }, { code: "invalid_signature" }]);
    },
  );

  it("refuses a parsed body with what to do", async () => {
    const { url, errors } = await receiver("parses");
    expect(await deliver(url)).toBe(400);
    expect(errors).toMatchObject([
      {
        code: "raw_body_required",
        detail: expect.stringMatching(/before express\.json\(\).*Fastify/),
      },
    ]);
  });

  it("answers 500 when a handler throws, and 413 to a body that is too large", async () => {
    const { url, titles } = await receiver("documented", () => {
      throw new Error("no disk");
    });
    expect(await deliver(url)).toBe(500);
    expect(await deliver(url, "x".repeat(100_001))).toBe(413);
    expect(titles).toHaveLength(1);
  });

  it("reads no more of an endless body than its limit, answers 413 and cuts it off", async () => {
    const { url } = await receiver("documented");
    const { "content-type": type, ...headers } = await signWebhook("x", SECRET);
    const client = await RawConnection.open(url);
    await client.sendHead("POST /serviceflow", {
      ...headers,
      "Content-Type": type,
      "Transfer-Encoding": "chunked",
    });
    const piece = chunk("x".repeat(60_000));
    await client.send(piece);
    await client.send(piece);
    await client.until(/^HTTP\/1\.1 413 /);
    while (!client.isClosed && client.error === null)
      await Promise.race([client.send(piece), client.untilClosed()]);
    expect(client.received).toMatch(/^HTTP\/1\.1 413 /);
  });

  it("survives a sender that leaves in the middle", async () => {
    const { url, errors } = await receiver("documented");
    const client = await RawConnection.open(url);
    const headers = await signWebhook(BODY, SECRET);
    await client.sendHead("POST /serviceflow", { ...headers, "Content-Length": "500" });
    await client.send("{");
    client.socket.destroy();
    await vi.waitUntil(() => errors.length === 1);
    expect(await deliver(url)).toBe(204);
  });
});

it("answers 500 to a request of Node that is handed to createHandler's own, and says what to do", async () => {
  const errors: unknown[] = [];
  const handle = createHandler({ secret: SECRET, onError: (error) => errors.push(error) });
  const url = await listen(express().post("/serviceflow", handle as unknown as express.Handler));
  expect(await deliver(url)).toBe(500);
  expect(errors).toMatchObject([
    { code: "raw_body_required", detail: expect.stringContaining("toNodeHandler(createHandler(") },
  ]);
});

describe("the README's receivers", () => {
  it.each([
    ["node", "node:http", "server.listeners('request')[0]"],
    ["express", "express4", "app"],
    ["express", "express", "app"],
    ["fastify", "fastify", "(await app.ready()).routing"],
  ])("%s with %s receives a delivery", async (example, module, listener) => {
    const readme = await readFile(README, "utf8");
    const [source = ""] = codeBlocks(readme.split(`<!-- example:${example} -->`)[1] ?? "", "ts");
    const file = fileURLToPath(
      new URL(`../readme-${module.replace(":", "-")}-${process.pid}.ts`, import.meta.url),
    );
    const program = source.replace(/from "(express|node:http)"/, `from "${module}"`);
    await writeFile(file, `${program}\nexport const listener = ${listener};\n`);
    vi.stubEnv("WEBHOOK_SECRET", SECRET);
    const print = vi.spyOn(console, "log").mockReturnValue();
    try {
      const loaded = (await import(file)) as { listener: Listener };
      expect(await deliver(await listen(loaded.listener))).toBe(204);
      expect(print).toHaveBeenCalledExactlyOnceWith("New:", "Größe 🙂");
    } finally {
      print.mockRestore();
      vi.unstubAllEnvs();
      await rm(file);
    }
  });
});
