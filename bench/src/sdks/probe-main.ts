/** Finds out what one SDK does by itself, by calling a scripted server on this machine. Prints a `Behaviour`. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Adapter } from "./adapter.ts";
import type { Behaviour } from "./results.ts";

const RETRY_AFTER_SECONDS = 3;
const WEEK_MS = 7 * 24 * 60 * 60 * 1_000;
/** Long enough for an SDK to repeat a call, or to give up. */
const PATIENCE_MS = 60_000;

type Answer = (request: IncomingMessage, response: ServerResponse, attempt: number) => void;

const adapter = (await import(process.argv[2] ?? "")) as Adapter;
let answer: Answer = () => undefined;
let attempts: { at: number; key: string | undefined }[] = [];
const server = createServer((request, response) => {
  const key = request.headers["idempotency-key"] as string | undefined;
  attempts.push({ at: performance.now(), key });
  request.resume();
  answer(request, response, attempts.length);
}).listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;
const { read, write = read, cancel, list, webhook, stream } = adapter;
const { limited = { status: 429, body: { error: { message: "Too many requests" } } } } = adapter;

const busy: Answer = (_, response) => json(response, 503, { error: { message: "Busy" } });
const readAttempts = (await callsOf(busy, read)).length;
const written = await callsOf(busy, write);
const keys = written.flatMap(({ key }) => (key === undefined ? [] : [key]));
const [first, second] = await callsOf((_, response, attempt) => {
  if (attempt > 1) return json(response, 200, adapter.answer);
  json(response, limited.status, limited.body, { "retry-after": String(RETRY_AFTER_SECONDS) });
}, read);
const behaviour: Behaviour = {
  readAttempts,
  writeAttempts: written.length,
  resetAttempts: (await callsOf((request) => request.socket.destroy(), write)).length,
  retryAfterMs: first && second ? Math.round(second.at - first.at) : null,
  idempotencyKeys: new Set(keys).size,
  cancel: await probeCancel(),
  iterates: await probeList(),
  webhook: await probeWebhook(),
  stream: await probeStream(),
};
console.log(JSON.stringify(behaviour));
process.exit();

/** The attempts of one call. */
async function callsOf(
  next: Answer,
  call: (client: never) => Promise<unknown>,
): Promise<typeof attempts> {
  answer = next;
  attempts = [];
  await within(call(adapter.open(port) as never)).catch(() => undefined);
  return attempts;
}

/** Whether aborting ends both the promise and the connection. */
async function probeCancel(): Promise<Behaviour["cancel"]> {
  if (!cancel) return null;
  const controller = new AbortController();
  const closed = Promise.withResolvers<void>();
  answer = (_, response) => {
    response.once("close", closed.resolve);
    controller.abort();
  };
  const outcome = await within(
    cancel.read(adapter.open(port) as never, controller.signal).then(
      () => "answered",
      () => "aborted",
    ),
  );
  await within(closed.promise);
  return outcome === "aborted" ? cancel.by : null;
}

async function probeList(): Promise<Behaviour["iterates"]> {
  if (!list) return null;
  attempts = [];
  answer = (_, response, attempt) => {
    const isLast = attempt === list.pages.length;
    const link = list.link && !isLast ? { link: list.link(port) } : {};
    json(response, 200, list.pages[attempt - 1] ?? {}, link);
  };
  const seen: unknown[] = [];
  for await (const item of list.each(adapter.open(port) as never)) seen.push(item);
  return seen.length === 4 && attempts.length === 2 ? list.of : null;
}

async function probeWebhook(): Promise<Behaviour["webhook"]> {
  if (!webhook) return null;
  const signed = async (at: Date, change = (payload: string) => payload) => {
    const payload = webhook.payload(at);
    return webhook.verify(change(payload), await webhook.sign(payload, at));
  };
  const refuses = (attempt: Promise<unknown>) =>
    attempt.then(
      () => false,
      () => true,
    );
  const now = new Date();
  await signed(now);
  return {
    refusesChanged: await refuses(signed(now, (payload) => payload.replace("{", "{ "))),
    refusesOld: await refuses(signed(new Date(now.getTime() - WEEK_MS))),
  };
}

/** Whether a stream goes on with the next event when its connection breaks. */
async function probeStream(): Promise<Behaviour["stream"]> {
  if (!stream) return null;
  attempts = [];
  answer = (_, response, attempt) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(stream.event(attempt), () => response.destroy());
  };
  let seen = 0;
  try {
    for await (const _ of stream.each(adapter.open(port) as never)) {
      seen += 1;
      if (seen === 2) break;
    }
  } catch {
    // Its end is the finding.
  }
  return seen === 0 ? null : { resumes: seen === 2 };
}

function within<T>(promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("It took too long.")), PATIENCE_MS);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function json(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
