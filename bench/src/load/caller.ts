import { type RequestField, ServiceFlow } from "@serviceflow/sdk";
import { Client, type Dispatcher } from "undici";
import type { Facts, HttpCall, Scenario } from "../scenarios.ts";
import type { LoadJob } from "./job.ts";

/** How a call ended. */
export interface Answer {
  /** HTTP status, or the code of an error. */
  status: number | string;
  bytes: number | null;
}

/** Sends the calls of a scenario. */
export interface Caller {
  /**
   * Sends a call over one of the connections. Null: there is nothing left to call.
   * @param call counts the calls of the load
   */
  send(connection: number, call: number): Promise<Answer> | null;
  close(): Promise<void>;
}

/** @param connections how many there are at most; each sends one call at a time */
export function openCaller(job: LoadJob, scenario: Scenario, connections: number): Caller {
  const { facts } = job;
  if (job.caller === "sdk") return sdkCaller(job, scenario);
  if (job.caller === "fetch") return fetchCaller(job, scenario);
  const callOf =
    job.caller === "trpc"
      ? (call: number) => trpcCall(scenario, facts, call)
      : (call: number) => scenario.rest(facts, call);
  return httpCaller(job, callOf, connections);
}

function trpcCall(scenario: Scenario, facts: Facts, call: number): HttpCall | null {
  const found = scenario.procedure?.(facts, call);
  if (!found) return null;
  const { procedure, type, input } = found;
  return type === "mutation"
    ? { method: "POST", path: `/${procedure}`, body: input }
    : {
        method: "GET",
        path: `/${procedure}?input=${encodeURIComponent(JSON.stringify(input))}`,
      };
}

function httpCaller(
  { base, apiKey }: LoadJob,
  callOf: (call: number) => HttpCall | null,
  connections: number,
): Caller {
  const { origin, pathname } = new URL(base);
  const prefix = pathname === "/" ? "" : pathname;
  const clients = Array.from({ length: connections }, () => new Client(origin));
  const headers = { "x-api-key": apiKey, "content-type": "application/json" };
  return {
    send(connection, call) {
      const found = callOf(call);
      if (!found) return null;
      const { method, path, body, encoding } = found;
      return new Promise((resolve) => {
        const options: Dispatcher.DispatchOptions = { method, path: prefix + path, headers };
        if (encoding) options.headers = { ...headers, "accept-encoding": encoding };
        if (body) options.body = JSON.stringify(body);
        clients[connection]?.dispatch(options, countingBytes(resolve));
      });
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

function countingBytes(resolve: (answer: Answer) => void): Dispatcher.DispatchHandler {
  let status = 0;
  let bytes = 0;
  return {
    onRequestStart() {},
    onResponseStart(_controller, statusCode) {
      status = statusCode;
    },
    onResponseData(_controller, chunk) {
      bytes += chunk.length;
    },
    onResponseEnd() {
      resolve({ status, bytes });
    },
    onResponseError(_controller, error) {
      resolve({ status: codeOf(error), bytes: null });
    },
  };
}

// `fetch` would ask for compressed answers, which other callers do not.
const UNCOMPRESSED = { "accept-encoding": "identity" };

/** As a program would call REST without the SDK: answers are parsed, and mutations can be repeated. */
function fetchCaller({ base, apiKey, facts }: LoadJob, scenario: Scenario): Caller {
  const headers = { "x-api-key": apiKey, "content-type": "application/json", ...UNCOMPRESSED };
  return {
    send(_connection, call) {
      const found = scenario.rest(facts, call);
      if (!found) return null;
      const { method, path, body } = found;
      const init = body
        ? {
            method,
            headers: { ...headers, "idempotency-key": crypto.randomUUID() },
            body: JSON.stringify(body),
          }
        : { method, headers };
      return fetch(base + path, init).then(async (response) => {
        const text = await response.text();
        JSON.parse(text);
        return { status: response.status, bytes: Buffer.byteLength(text) };
      }, failed);
    },
    async close() {},
  };
}

function sdkCaller({ base, apiKey, facts }: LoadJob, { name, procedure, expected }: Scenario) {
  const sf = new ServiceFlow({ baseUrl: base, apiKey, maxRetries: 0, headers: UNCOMPRESSED });
  const methods: Record<string, (input: never) => PromiseLike<unknown>> = {
    read: ({ id }: { id: string }) => sf.requests.get(id),
    list: (input: { status: "NEW"; limit: number }) => sf.requests.list(input).page(),
    "list-fields": (input: { status: "NEW"; limit: number; fields: RequestField[] }) =>
      sf.requests.list(input).page(),
    create: (input: { title: string }) => sf.requests.create(input),
    status: ({ id }: { id: string }) => sf.requests.transition(id, { status: "IN_PROGRESS" }),
  };
  const method = methods[name];
  return {
    send(_connection: number, call: number) {
      const found = procedure?.(facts, call);
      if (!found || !method) return null;
      const answered = () => ({ status: expected, bytes: null });
      return Promise.resolve(method(found.input as never)).then(answered, failed);
    },
    async close() {},
  } satisfies Caller;
}

function failed(error: unknown): Answer {
  return { status: codeOf(error), bytes: null };
}

function codeOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return String(code ?? message ?? error);
}
