import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Database } from "@serviceflow/server";
import { sql } from "drizzle-orm";
import type { Words } from "./office.ts";

/** Endpoints with the addresses that the pictures show. */
export const ENDPOINTS = [
  {
    path: "/chat",
    url: "https://chat.example.com/hooks/serviceflow",
    description: ["Agents' channel in the chat", "Канал агентов в чате"],
    eventTypes: ["request.created", "request.claimed", "request.transitioned"],
    hoursAgo: 27,
  },
  {
    path: "/badges",
    url: "https://badges.example.com/serviceflow",
    description: ["Badge readers", "Считыватели"],
    eventTypes: ["request.created"],
    hoursAgo: 6,
  },
  {
    path: "/warehouse",
    url: "https://warehouse.example.com/ingest/requests",
    description: ["Data warehouse", "Хранилище данных"],
    eventTypes: [],
    hoursAgo: 5,
  },
] as const satisfies {
  path: string;
  url: string;
  description: Words;
  eventTypes: string[];
  hoursAgo: number;
}[];

export interface Receiver {
  url: string;
  close(): void;
}

/** Takes what is sent; one endpoint is out of order, and another one was once. */
export function startReceiver(): Promise<Receiver> {
  let taken = 0;
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === "/chat") taken += 1;
    const fails = request.url === "/badges" || (request.url === "/chat" && taken === 9);
    response.statusCode = fails ? 503 : 204;
    response.end(fails ? "upstream is restarting" : undefined);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      resolve({ url: `http://127.0.0.1:${port}`, close: () => server.close() });
    });
  });
}

const isDue = sql`
  select count(*)::int as due from webhook_deliveries
  where status = 'PENDING' and not (attempts > 0 and webhook_id in (select id from webhooks where url like '%/badges'))`;

/** Waits until everything has been sent that can be. */
export async function untilSent(db: Database): Promise<void> {
  for (let quiet = 0; quiet < 5; ) {
    await pause(500);
    const { rows } = await db.orm.execute(isDue);
    const sent = await db.orm.execute(sql`select count(*)::int as all from webhook_deliveries`);
    quiet = rows[0]?.due === 0 && Number(sent.rows[0]?.all) > 0 ? quiet + 1 : 0;
  }
}

/** Deliveries are dated by the clock of the database: here they get the times of their events, and the endpoints their addresses. */
export async function dateDeliveries(db: Database, receiver: Receiver): Promise<void> {
  await db.orm.execute(sql`
    update webhook_attempts a set duration_ms = 60 + (d.seq * 37 + a.number * 11) % 90,
      ended_at = e.occurred_at + a.number * a.number * interval '5 seconds'
    from webhook_deliveries d join audit_logs e on e.id = d.event_id where a.delivery_seq = d.seq`);
  await db.orm.execute(sql`
    update webhook_deliveries d set created_at = e.occurred_at,
      duration_ms = 60 + (d.seq * 37 + d.attempts * 11) % 90,
      last_attempt_at = e.occurred_at + d.attempts * d.attempts * interval '5 seconds',
      next_attempt_at = case when d.next_attempt_at is not null
        then (select max(occurred_at) from audit_logs) + interval '14 minutes' end
    from audit_logs e where e.id = d.event_id`);
  await db.orm.execute(sql`
    update webhooks set failing_since = (select max(occurred_at) from audit_logs) - interval '5 hours'
    where failing_since is not null`);
  for (const { path, url } of ENDPOINTS) {
    await db.orm.execute(sql`update webhooks set url = ${url} where url = ${receiver.url + path}`);
  }
}
