/**
 * Measures the memory of an idle event stream, and the latency of an event from its change to its readers at 200 changes
 * a second.
 *
 *   npm run bench:streams
 *   STREAMS=1000 CHANGES=200 SECONDS=20 npm run bench:streams
 */
import http from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { openStage } from "./stage.ts";

const STREAMS = Number(process.env.STREAMS ?? 1_000);
const CHANGES_PER_SECOND = Number(process.env.CHANGES ?? 200);
const SECONDS = Number(process.env.SECONDS ?? 20);
const AGENTS = 10;
const EMPLOYEES = 99;

const { server, apiKey, close } = await openStage({ STREAMS_PER_KEY: "0", LOG_LEVEL: "warn" });

async function post(path: string, key: string, body: object): Promise<Record<string, string>> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method: "POST",
    headers: { "x-api-key": key, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (response.status >= 300) throw new Error(`${path}: ${response.status}`);
  return (await response.json()) as Record<string, string>;
}

async function addUsers(count: number, role: string): Promise<string[]> {
  const keys: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const email = `${role.toLowerCase()}${i}@example.com`;
    keys.push((await post("/users", apiKey, { fullName: role, email, role })).apiKey as string);
  }
  return keys;
}

/** Resident memory of the server after garbage collection, in bytes. */
async function memory(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 8; i += 1) {
    await pause(1_000);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    least = Math.min(least, Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]));
  }
  return least;
}

let delays: number[] = [];
let bytes = 0;
const MARK = '"occurredAt":"';

function open(key: string): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const url = `${server.url}/api/v1/events/stream`;
    const request = http.get(url, { headers: { "x-api-key": key }, agent: false }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${response.statusCode}`));
      let rest = "";
      response.setEncoding("latin1").on("data", (text: string) => {
        const now = Date.now();
        bytes += text.length;
        const all = rest + text;
        let at = all.indexOf(MARK);
        let end = 0;
        while (at !== -1 && at + MARK.length + 24 <= all.length) {
          end = at + MARK.length + 24;
          delays.push(now - Date.parse(all.slice(at + MARK.length, end)));
          at = all.indexOf(MARK, end);
        }
        rest = all.slice(Math.max(end, all.length - MARK.length - 24));
      });
      response.once("data", () => resolve(response));
    });
    request.on("error", reject);
  });
}

/** Opens streams a few at a time. */
async function openAll(keys: readonly string[]): Promise<http.IncomingMessage[]> {
  const opened: http.IncomingMessage[] = [];
  for (let i = 0; i < keys.length; i += 50) {
    opened.push(...(await Promise.all(keys.slice(i, i + 50).map(open))));
  }
  return opened;
}

/** Files requests at a steady rate, taking turns between the callers. */
async function change(writers: readonly string[]): Promise<void> {
  const calls: Promise<unknown>[] = [];
  const started = performance.now();
  for (let i = 0; i < CHANGES_PER_SECOND * SECONDS; i += 1) {
    const wait = started + (i * 1000) / CHANGES_PER_SECOND - performance.now();
    if (wait > 0) await pause(wait);
    const key = writers[i % writers.length] as string;
    calls.push(post("/requests", key, { title: "The printer is jammed" }));
  }
  await Promise.all(calls);
}

async function measure(name: string, keys: readonly string[], writers: readonly string[]) {
  const streams = await openAll(keys);
  delays = [];
  bytes = 0;
  await change(writers);
  await pause(2_000);
  const sorted = delays.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)];
  console.log(
    `${name}: ${sorted.length} deliveries (${Math.round(sorted.length / SECONDS)}/s, ${(bytes / SECONDS / 1e6).toFixed(1)} MB/s), p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${sorted.at(-1)} ms`,
  );
  for (const stream of streams) stream.destroy();
  await pause(1_000);
}

const agents = await addUsers(AGENTS, "AGENT");
const employees = await addUsers(EMPLOYEES, "EMPLOYEE");
const mixed = Array.from({ length: STREAMS }, (_, i) =>
  i < AGENTS ? (agents[i] as string) : (employees[i % EMPLOYEES] as string),
);

// The first thousand streams fit into memory that the process has already reserved: measure the next three thousand.
const idle = await openAll(mixed);
const before = await memory();
for (let i = 0; i < 3; i += 1) idle.push(...(await openAll(mixed)));
const after = await memory();
const each = (after - before) / (3 * STREAMS) / 1024;
console.log(
  `${idle.length} idle streams: ${each.toFixed(1)} KiB of resident memory each, ${Math.round(after / 1e6)} MB in all`,
);
for (const stream of idle) stream.destroy();
await pause(1_000);

const rate = `${CHANGES_PER_SECOND} changes/s for ${SECONDS} s`;
await measure(`${STREAMS} streams, ${AGENTS} of agents, ${rate}`, mixed, employees);
const hundred = Array.from({ length: STREAMS / 10 }, (_, i) => agents[i % AGENTS] as string);
await measure(`${STREAMS / 10} streams, each receiving all events, ${rate}`, hundred, employees);
if (process.env.ALL === "1") {
  const all = Array.from({ length: STREAMS }, (_, i) => agents[i % AGENTS] as string);
  await measure(`${STREAMS} streams, each receiving all events, ${rate}`, all, employees);
}
await close();
