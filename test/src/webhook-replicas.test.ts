import type { RunningServer } from "@serviceflow/server";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { addPeople } from "./harness/people.ts";
import { Receiver } from "./harness/receiver.ts";
import { serveWith } from "./harness/serve-with.ts";
import { caller } from "./harness/test-app.ts";
import { waitFor } from "./harness/waiting.ts";

const REPLICAS = 4;
const ROUNDS = 15;
const AT_ONCE = 8;

let database: TestDatabase & { url: string };
let servers: RunningServer[];
let receiver: Receiver;

beforeAll(async () => {
  database = await freshPostgres();
  receiver = await Receiver.open();
  const settings = {
    RATE_LIMIT_PER_MINUTE: "0",
    WEBHOOK_ALLOW_HTTP: "true",
    WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8",
  };
  servers = await Promise.all(
    Array.from({ length: REPLICAS }, () => serveWith(database, settings)),
  );
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await receiver.close();
  await database.drop();
});

it(`${REPLICAS} replicas deliver each event once, one at a time and in the order of the log`, async () => {
  const urls = servers.map(({ url }) => url);
  const { admin, agents } = await addPeople(urls[0] as string);
  const calls = urls.map((url) => caller(fetch, `${url}/api/v1`));
  const call = calls[0] as (typeof calls)[number];
  const body = { url: receiver.url, eventTypes: ["request.created"] };
  await call("POST", "/webhooks", { as: admin, body });
  receiver.answer = (response) => void setImmediate(() => response.writeHead(204).end());
  let filed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) =>
        (calls[i % REPLICAS] as typeof call)("POST", "/requests", {
          as: agents[0],
          body: { title: "From any replica" },
        }),
      ),
    );
    filed += AT_ONCE;
    const came = receiver.until(({ length }) => length >= filed);
    await waitFor(`${filed} messages`, came);
  }
  const cursors = receiver.messages.map(({ body: { data } }) =>
    Buffer.from(data.cursor, "base64url").toString("hex"),
  );
  expect(cursors).toEqual([...new Set(cursors)].sort());
  expect(cursors).toHaveLength(filed);
  expect(receiver.mostAtOnce).toBe(1);
});
