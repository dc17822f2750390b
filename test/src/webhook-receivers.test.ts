import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeCertificates } from "./harness/certificates.ts";
import { killProcesses, temporaryFolder } from "./harness/child-process.ts";
import { freshPostgres } from "./harness/databases.ts";
import { LONG } from "./harness/long-run.ts";
import { addPeople } from "./harness/people.ts";
import { Receiver } from "./harness/receiver.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { BOOTSTRAP_KEY, caller, type Person, type TestApp } from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";

const EVENTS = LONG ? 200 : 20;
/** Long, so that a receiver that never answers is in the middle of a call while the others are served. */
const LONG_TIMEOUT_SECONDS = 60;
const NEVER_ANSWERS = "never answers";
const HUNDRED_MB = 100 * 1024 * 1024;

// biome-ignore lint/suspicious/noExplicitAny: answers are asserted field by field
type Json = any;

let database: Awaited<ReturnType<typeof freshPostgres>>;
let server: ServerProcess;
let call: TestApp["call"];
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

type Certificates = Awaited<ReturnType<typeof makeCertificates>>;

async function serve(certificates: Certificates, timeoutSeconds: number): Promise<void> {
  const authority = join(await temporaryFolder("authority"), "authority.pem");
  await writeFile(authority, certificates.authority);
  server = await ServerProcess.start({
    DATABASE_URL: database.url,
    ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
    LOG_LEVEL: "warn",
    WEBHOOK_ALLOW_HTTP: "true",
    WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8",
    WEBHOOK_TIMEOUT_SECONDS: String(timeoutSeconds),
    NODE_EXTRA_CA_CERTS: authority,
  });
  call = caller(fetch, `${server.url}/api/v1`);
}

it("the outcome of each misbehaving receiver is recorded, and none delays the others", async ({
  annotate,
}) => {
  const certificates = await makeCertificates();
  await serve(certificates, LONG_TIMEOUT_SECONDS);
  const people = await addPeople(server.url);
  admin = people.admin;

  const good = [await open(), await open(certificates.valid)];
  const target = await open();
  const bad: Record<string, { receiver: Receiver; expected: Json }> = {
    "answers 500": {
      receiver: await open(),
      expected: { status: "PENDING", responseStatus: 500, responseBody: "no", error: null },
    },
    [NEVER_ANSWERS]: {
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
  let ended = 0;
  named(NEVER_ANSWERS).answer = (response) => {
    response.on("close", () => {
      ended += 1;
    });
  };
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

  const began = performance.now();
  const committedAt = new Map<string, number>();
  const agent = people.agents[0] as Person;
  for (let i = 0; i < EVENTS; i += 1) {
    const { body } = await call("POST", "/requests", { as: agent, body: { title: "For all" } });
    committedAt.set(body.id, Date.now());
    if (i === 0) {
      const isAsked = named(NEVER_ANSWERS).until(({ length }) => length > 0);
      await waitFor("the receiver that never answers to be asked", isAsked);
    }
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
  const sentAll = performance.now() - began;
  const asked = named(NEVER_ANSWERS).messages.length;
  expect(asked > ended || sentAll > LONG_TIMEOUT_SECONDS * 1_000).toBe(true);

  const expectOutcome = async (name: string) => {
    const first = async (): Promise<Json> => {
      let path = `/webhooks/${hooks.get(name).id}/deliveries?limit=100`;
      for (;;) {
        const { items, nextCursor } = (await call("GET", path, { as: admin })).body;
        if (nextCursor === null) return items.at(-1);
        path = path.replace(/&cursor=.*|$/, `&cursor=${nextCursor}`);
      }
    };
    await waitUntil(`an attempt at what ${name}`, async () => ((await first())?.attempts ?? 0) > 0);
    expect([name, await first()]).toEqual([name, expect.objectContaining(bad[name]?.expected)]);
  };
  for (const name of Object.keys(bad)) if (name !== NEVER_ANSWERS) await expectOutcome(name);
  expect(target.messages).toEqual([]);
  expect(mostSent).toBeLessThan(HUNDRED_MB / 4);
  // A call without an answer does not hold up the server's end, and the next server makes it again.
  expect(await server.end("SIGTERM")).toEqual({ code: 0, signal: null });
  await serve(certificates, 1);
  await expectOutcome(NEVER_ANSWERS);
  const sorted = delays.sort((a, b) => a - b);
  await annotate(
    `from commit to those that behave: median ${sorted[EVENTS]} ms, longest ${Math.max(...delays)} ms, over ${delays.length} deliveries`,
  );
});
