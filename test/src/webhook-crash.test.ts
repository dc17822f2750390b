import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { freshPostgres } from "./harness/databases.ts";
import { LONG } from "./harness/long-run.ts";
import { addPeople } from "./harness/people.ts";
import { Receiver } from "./harness/receiver.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { BOOTSTRAP_KEY, caller, type Person } from "./harness/test-app.ts";
import { waitFor } from "./harness/waiting.ts";

const CHANGES = LONG ? 10_000 : 300;
const KILLS = LONG ? 20 : 2;
const WRITERS = 8;
const LIMIT_MS = 600_000;

let database: Awaited<ReturnType<typeof freshPostgres>>;
let receiver: Receiver;
let server: ServerProcess;

const start = () =>
  ServerProcess.start({
    DATABASE_URL: database.url,
    ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
    LOG_LEVEL: "warn",
    WEBHOOK_ALLOW_HTTP: "true",
    WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8",
  });

beforeAll(async () => {
  database = await freshPostgres();
  receiver = await Receiver.open();
  server = await start();
});
afterAll(async () => {
  await killProcesses();
  await receiver.close();
  await database.drop();
});

it(
  `each of ${CHANGES} changes is delivered in order while the server is killed ${KILLS} times`,
  async ({ annotate }) => {
    const { admin, agents } = await addPeople(server.url);
    const call = (method: string, path: string, as: Person, body?: unknown, key?: string) =>
      caller(fetch, `${server.url}/api/v1`)(method, path, {
        as,
        body,
        headers: key === undefined ? {} : { "idempotency-key": key },
      });
    const hook = { url: receiver.url, eventTypes: ["request.created"] };
    expect((await call("POST", "/webhooks", admin, hook)).status).toBe(201);

    let made = 0;
    let stopped = false;
    const confirmed: string[] = [];
    /** Files one request after another; what had no answer is sent again under its key. */
    const write = async (index: number) => {
      while (made < CHANGES) {
        made += 1;
        const key = `change-${made}`;
        for (;;) {
          try {
            const title = `Change ${key}`;
            const answer = await call(
              "POST",
              "/requests",
              agents[index % 2] as Person,
              { title },
              key,
            );
            if (answer.status === 201) {
              confirmed.push(answer.body.id);
              break;
            }
          } catch {
            // The server is away.
          }
          await pause(20);
        }
      }
    };
    const kill = async () => {
      let killed = 0;
      for (; killed < KILLS; killed += 1) {
        const due = ((killed + 0.5 + Math.random() * 0.4) * CHANGES) / KILLS;
        while (confirmed.length < due && !stopped) await pause(randomInt(1, 10));
        await server.end("SIGKILL");
        server = await start();
      }
      return killed;
    };
    const writing = Promise.all(Array.from({ length: WRITERS }, (_, index) => write(index)));
    const [, killed] = await Promise.all([writing.finally(() => (stopped = true)), kill()]);
    expect(killed).toBe(KILLS);
    expect(new Set(confirmed).size).toBe(CHANGES);

    const ids = () => new Set(receiver.messages.map(({ body }) => body.data.subject.id as string));
    const all = receiver.until(() => ids().size >= CHANGES);
    await waitFor("every change to be delivered", all);
    expect(ids()).toEqual(new Set(confirmed));

    // Nothing that is not in the log, and the first of each in the log's order.
    const logged: string[] = [];
    for (let after = "start"; ; ) {
      const path = `/events?type=request.created&limit=100&after=${after}`;
      const { body } = await call("GET", path, admin);
      logged.push(...body.items.map(({ id }: { id: string }) => id));
      if (!body.hasMore) break;
      after = body.nextCursor;
    }
    expect([...new Set(receiver.messages.map(({ id }) => id))]).toEqual(logged);
    const again = receiver.messages.length - CHANGES;
    expect(again).toBeLessThanOrEqual(KILLS);
    await annotate(`${CHANGES} changes, ${KILLS} kills, ${again} messages that came twice`);
  },
  LIMIT_MS,
);
