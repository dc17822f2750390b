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
/** How many messages are sent to an endpoint at a time: those without a recorded answer are sent again. */
const IN_FLIGHT = 8;
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
  `each of ${CHANGES} changes is delivered, in the order of its request, while the server is killed ${KILLS} times`,
  async ({ annotate }) => {
    const { admin, agents } = await addPeople(server.url);
    const call = (method: string, path: string, as: Person, body?: unknown, key?: string) =>
      caller(fetch, `${server.url}/api/v1`)(method, path, {
        as,
        body,
        headers: key === undefined ? {} : { "idempotency-key": key },
      });
    const hook = { url: receiver.url, eventTypes: ["request.created", "request.updated"] };
    expect((await call("POST", "/webhooks", admin, hook)).status).toBe(201);

    let made = 0;
    let confirmed = 0;
    let stopped = false;
    /** Sends it again under its key until there is an answer. */
    const confirm = async (method: string, path: string, as: Person, title: string) => {
      for (;;) {
        try {
          const answer = await call(method, path, as, { title }, title.replace(" ", "-"));
          if (answer.status < 300) {
            confirmed += 1;
            return answer.body.id as string;
          }
        } catch {
          // The server is away.
        }
        await pause(20);
      }
    };
    /** Files one request after another, and changes each. */
    const write = async (index: number) => {
      const agent = agents[index % 2] as Person;
      while (made < CHANGES) {
        made += 2;
        const number = made;
        const id = await confirm("POST", "/requests", agent, `Filed ${number}`);
        await confirm("PATCH", `/requests/${id}`, agent, `Changed ${number}`);
      }
    };
    const kill = async () => {
      let killed = 0;
      for (; killed < KILLS; killed += 1) {
        const due = ((killed + 0.5 + Math.random() * 0.4) * CHANGES) / KILLS;
        while (confirmed < due && !stopped) await pause(randomInt(1, 10));
        await server.end("SIGKILL");
        server = await start();
      }
      return killed;
    };
    const writing = Promise.all(Array.from({ length: WRITERS }, (_, index) => write(index)));
    const [, killed] = await Promise.all([writing.finally(() => (stopped = true)), kill()]);
    expect(killed).toBe(KILLS);
    expect(confirmed).toBe(CHANGES);

    const ids = () => new Set(receiver.messages.map(({ id }) => id));
    const all = receiver.until(() => ids().size >= CHANGES);
    await waitFor("every change to be delivered", all);

    // Nothing that is not in the log, and the first of each in the log's order.
    const logged = new Map<string, string[]>();
    for (let after = "start"; ; ) {
      const path = `/events?type=request.created&type=request.updated&limit=100&after=${after}`;
      const { body } = await call("GET", path, admin);
      for (const { id, serviceRequestId } of body.items) {
        logged.set(serviceRequestId, [...(logged.get(serviceRequestId) ?? []), id]);
      }
      if (!body.hasMore) break;
      after = body.nextCursor;
    }
    expect([...logged.values()].flat()).toHaveLength(CHANGES);
    const came = Map.groupBy(receiver.messages, ({ body }) => body.data.serviceRequestId as string);
    const firsts = [...came].map(([request, messages]) => [
      request,
      [...new Set(messages.map(({ id }) => id))],
    ]);
    expect(new Map(firsts as [string, string[]][])).toEqual(logged);
    const again = receiver.messages.length - CHANGES;
    expect(again).toBeLessThanOrEqual(KILLS * IN_FLIGHT);
    await annotate(`${CHANGES} changes, ${KILLS} kills, ${again} messages that came twice`);
  },
  LIMIT_MS,
);
