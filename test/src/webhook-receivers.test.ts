import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeCertificates } from "./harness/certificates.ts";
import { killProcesses } from "./harness/child-process.ts";
import { freshPostgres } from "./harness/databases.ts";
import { BOOTSTRAP_KEY, caller, type House, type Person } from "./harness/house.ts";
import { addPeople } from "./harness/people.ts";
import { Receiver } from "./harness/receiver.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { waitFor } from "./harness/waiting.ts";

const EVENTS = process.env.LONG === "1" ? 200 : 20;
const TIMEOUT_SECONDS = 2;
const DELAY_LIMIT_MS = 1_000;
const HUNDRED_MB = 100 * 1024 * 1024;

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever came back
type Json = any;

let database: Awaited<ReturnType<typeof freshPostgres>>;
let server: ServerProcess;
let call: House["call"];
let admin: Person;
const receivers: Receiver[] = [];

beforeAll(async () => {
  database = await freshPostgres();
});
afterAll(async () => {
  for (const receiver of receivers) await receiver.close();
  await killProcesses();
  await database.drop();
});

async function open(tls: Parameters<typeof Receiver.open>[0] = null): Promise<Receiver> {
  const receiver = await Receiver.open(tls);
  receivers.push(receiver);
  return receiver;
}

async function hook(url: string): Promise<Json> {
  const body = { url, eventTypes: ["request.created"] };
  return (await call("POST", "/webhooks", { as: admin, body })).body;
}

it(`receivers that misbehave are each handled, and hold up no other by more than ${DELAY_LIMIT_MS} ms`, async ({
  annotate,
}) => {
  const certificates = await makeCertificates();
  const authority = join(tmpdir(), `serviceflow-authority-${process.pid}.pem`);
  await writeFile(authority, certificates.authority);
  server = await ServerProcess.start({
    DATABASE_URL: database.url,
    ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
    LOG_LEVEL: "warn",
    WEBHOOK_ALLOW_HTTP: "true",
    WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8",
    WEBHOOK_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
    NODE_EXTRA_CA_CERTS: authority,
  });
  call = caller(fetch, `${server.url}/api/v1`);
  const people = await addPeople(server.url);
  admin = people.admin;

  const good = [await open(), await open(certificates.valid)];
  const target = await open();
  const bad: Record<string, { receiver: Receiver; expected: Json }> = {
    "answers 500": {
      receiver: await open(),
      expected: { status: "PENDING", responseStatus: 500, responseBody: "no", error: null },
    },
    "never answers": {
      receiver: await open(),
      expected: { status: "PENDING", responseStatus: null, error: "TIMEOUT" },
    },
    "hangs in mid-body": {
      receiver: await open(),
      expected: { status: "DELIVERED", responseStatus: 200, responseBody: "so far", error: null },
    },
    "sends 100 MB": {
      receiver: await open(),
      expected: { status: "DELIVERED", responseStatus: 200, responseBody: "x".repeat(1024) },
    },
    "redirects to loopback": {
      receiver: await open(),
      expected: { status: "PENDING", responseStatus: 302, error: null },
    },
    "has an expired certificate": {
      receiver: await open(certificates.expired),
      expected: { status: "PENDING", responseStatus: null, error: "CERT_HAS_EXPIRED" },
    },
    "wants another protocol": {
      receiver: await open(),
      expected: { status: "PENDING", responseStatus: null, error: "UPGRADE_REFUSED" },
    },
    "closes the connection": {
      receiver: await open(),
      expected: { status: "PENDING", responseStatus: null, error: "ECONNRESET" },
    },
  };
  let mostSent = 0;
  const named = (name: string) => (bad[name] as { receiver: Receiver }).receiver;
  named("answers 500").answer = (response) => response.writeHead(500).end("no");
  named("never answers").answer = () => {};
  named("hangs in mid-body").answer = (response) => {
    response.writeHead(200).write("so far");
  };
  named("sends 100 MB").answer = (response) => {
    response.writeHead(200);
    let sent = 0;
    const piece = "x".repeat(64 * 1024);
    const more = () => {
      while (sent < HUNDRED_MB && !response.destroyed) {
        sent += piece.length;
        mostSent = Math.max(mostSent, sent);
        if (!response.write(piece)) return;
      }
    };
    response.on("drain", more);
    more();
  };
  named("redirects to loopback").answer = (response) =>
    response.writeHead(302, { location: target.url }).end();
  named("wants another protocol").answer = (response) => {
    response.socket?.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
    );
  };
  named("closes the connection").answer = (response) => response.socket?.destroy();

  const hooks = new Map<string, Json>();
  for (const [name, { receiver }] of Object.entries(bad)) hooks.set(name, await hook(receiver.url));
  for (const { url } of good) await hook(url);

  const committedAt = new Map<string, number>();
  const agent = people.agents[0] as Person;
  for (let i = 0; i < EVENTS; i += 1) {
    const { body } = await call("POST", "/requests", { as: agent, body: { title: "For all" } });
    committedAt.set(body.id, Date.now());
    // A change now and then: what is slow is then always in the midst of something.
    if (i % 5 === 4) {
      const all = good.map((receiver) => receiver.until(({ length }) => length > i));
      await waitFor("those that behave", Promise.all(all));
    }
  }
  const delays = good.flatMap(({ messages }) =>
    messages.map(({ at, body }) => at - (committedAt.get(body.data.subject.id) as number)),
  );
  expect(delays).toHaveLength(2 * EVENTS);
  const longest = Math.max(...delays);
  expect(longest).toBeLessThan(DELAY_LIMIT_MS);

  for (const [name, { expected }] of Object.entries(bad)) {
    const first = async (): Promise<Json> => {
      let path = `/webhooks/${hooks.get(name).id}/deliveries?limit=100`;
      for (;;) {
        const { items, nextCursor } = (await call("GET", path, { as: admin })).body;
        if (nextCursor === null) return items.at(-1);
        path = path.replace(/&cursor=.*|$/, `&cursor=${nextCursor}`);
      }
    };
    const attempted = async () => {
      while (((await first())?.attempts ?? 0) === 0);
    };
    await waitFor(`an attempt at what ${name}`, attempted());
    expect([name, await first()]).toEqual([name, expect.objectContaining(expected)]);
  }
  expect(target.messages).toEqual([]);
  // None of them holds up the end of the server either.
  await server.end("SIGTERM");
  expect(mostSent).toBeLessThan(HUNDRED_MB / 4);
  const sorted = delays.sort((a, b) => a - b);
  await annotate(
    `from commit to those that behave: median ${sorted[EVENTS]} ms, longest ${longest} ms, over ${delays.length} deliveries`,
  );
}, 180_000);
