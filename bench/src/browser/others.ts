import type { Service } from "../contenders/process.ts";
import { callRest } from "../contenders/serviceflow.ts";
import { addUser } from "./console-stage.ts";

const PEOPLE = 8;
/** Requests that they work on at a time. */
const AT_HAND = 200;
/** Changes are made in so many batches a second. */
const BATCHES = 20;
const PRIORITIES = ["LOW", "NORMAL", "HIGH", "URGENT"];

/** Colleagues who change requests at a fixed rate. */
export interface Others {
  /** Changes that were made so far. */
  made(): number;
  /** Changes that were refused, by status. */
  refused(): Record<string, number>;
  stop(): Promise<void>;
}

interface Changed {
  id: string;
}

/** Half of the changes are comments, the others new priorities, new requests, claims and starts. */
export async function startOthers(
  server: Service,
  apiKey: string,
  perSecond: number,
): Promise<Others> {
  const keys = await Promise.all(
    Array.from({ length: PEOPLE }, (_, i) => addUser(server, apiKey, `Colleague ${i + 1}`)),
  );
  const atHand: string[] = [];
  /** Who has claimed a request may change it, and nobody else. */
  const holders = new Map<string, string>();
  let count = 0;
  let made = 0;
  let isStopped = false;
  const refused: Record<string, number> = {};
  const pending = new Set<Promise<void>>();

  async function change(index: number): Promise<void> {
    const key = keys[index % PEOPLE] as string;
    const id = atHand[(index * 7) % atHand.length];
    const kind = id === undefined ? 9 : index % 20;
    if (kind < 10 && id) {
      const visibility = kind % 3 === 0 ? "INTERNAL" : "PUBLIC";
      await send("POST", `/requests/${id}/comments`, key, { body: `Note ${index}`, visibility });
    } else if (kind < 17 && id) {
      const priority = PRIORITIES[index % PRIORITIES.length];
      await send("PATCH", `/requests/${id}`, holders.get(id) ?? key, { priority });
    } else if (kind === 17 && id && !holders.has(id)) {
      holders.set(id, key);
      await send("POST", `/requests/${id}/claim`, key);
    } else {
      const title = `The printer on floor ${index % 40} is jammed`;
      const { id: filed } = await callRest<Changed>(server, key, "/requests", { title });
      made += 1;
      atHand.push(filed);
      if (atHand.length > AT_HAND) holders.delete(atHand.shift() ?? "");
    }
  }

  async function send(method: string, path: string, key: string, body?: object): Promise<void> {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { "x-api-key": key, "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    await response.arrayBuffer();
    if (response.ok) made += 1;
    else refused[response.status] = (refused[response.status] ?? 0) + 1;
  }

  const startedAt = performance.now();
  let due = 0;
  const timer = setInterval(() => {
    due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond);
    // What a stall delays is made up for, but not in one go.
    const most = Math.max(1, (perSecond / BATCHES) * 4);
    for (let i = 0; i < most && count < due && !isStopped; i += 1) {
      count += 1;
      const call = change(count).catch((error) => {
        const name = error instanceof Error ? error.message.slice(0, 60) : "error";
        refused[name] = (refused[name] ?? 0) + 1;
      });
      pending.add(call);
      void call.finally(() => pending.delete(call));
    }
  }, 1_000 / BATCHES);
  return {
    made: () => made,
    refused: () => refused,
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await Promise.all(pending);
    },
  };
}
