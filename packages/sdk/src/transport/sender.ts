import { ServiceFlowError } from "../error.ts";
import { readChunks } from "../read-chunks.ts";
import { runHook } from "../run-hook.ts";
import { type ApiKeySource, KeyOfCall } from "./api-key.ts";
import type { WithResponse } from "./api-promise.ts";
import type { CallOptions, VersionedOptions } from "./call-options.ts";
import { withDeadline } from "./deadline.ts";
import { readDeprecation } from "./deprecation.ts";
import { keepFailed } from "./failed-calls.ts";
import type { Hooks } from "./hooks.ts";
import { newIdempotencyKey } from "./idempotency-key.ts";
import { parseResponse } from "./parse-response.ts";
import { parseRest, type RestMethod, type RestOptions, restPath } from "./rest-call.ts";
import { type Limits, RetryLoop, requireLimits } from "./retry-loop.ts";

/** The subset of `fetch` that the SDK uses. */
export type Fetch = (input: string, init: RequestInit) => Response | Promise<Response>;

export interface ProcedureCall {
  path: string;
  type: "query" | "mutation";
  input: unknown;
  options: VersionedOptions;
}

/** A streaming response of the REST API. */
export interface StreamCall {
  /** The operation's name for hooks. */
  operation: string;
  /** Path below `/api/v1`, with its query string. */
  path: string;
  /** The content type that the response must have. */
  type: string;
  /** Maximum time between two chunks in milliseconds; `attemptTimeoutMs` by default. */
  maxSilenceMs?: number;
  /** After how many milliseconds it will be called again, if it will be. */
  reconnectsIn?(error: ServiceFlowError): number | undefined;
  options: CallOptions;
}

export interface SenderOptions extends Limits, Hooks {
  /** Without a trailing slash. */
  baseUrl: string;
  apiKey: ApiKeySource | undefined;
  headers: Readonly<Record<string, string>>;
  fetch: Fetch;
}

interface OutgoingRequest {
  operation: string;
  url: string;
  init: RequestInit & { method: RestMethod; headers: Headers };
  parse?: typeof parseResponse;
  reconnectsIn?: StreamCall["reconnectsIn"];
}

/** A heartbeat that arrived while the program was busy must not count as missed. */
const BUSY_READER_GRACE_MS = 200;

// Following a redirect would send the API key to its target, and turn a POST into a GET.
const redirect = "manual";

/** Sends calls to the server, with retries, time limits and hooks. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #reportedDeprecations = new Set<string>();

  constructor(options: SenderOptions) {
    this.#options = options;
    requireLimits(options);
    // Throws now, rather than at the first call, if a header is invalid.
    this.#headers({});
  }

  /**
   * Calls a procedure. All attempts of a mutation share one idempotency key.
   * @throws ServiceFlowError
   */
  async send(call: ProcedureCall): Promise<WithResponse<unknown>> {
    return this.#exchange(this.#procedureRequest(call), call.options);
  }

  /**
   * Calls an endpoint of the REST API. All attempts of a mutation share one idempotency key.
   * @throws ServiceFlowError; TypeError for a wrong path, or a GET with a body
   */
  async request(
    method: RestMethod,
    path: string,
    options: RestOptions,
  ): Promise<WithResponse<unknown>> {
    const isQuery = method === "GET";
    const body = JSON.stringify(options.body);
    if (isQuery && body !== undefined) throw new TypeError("A GET has no body: pass query.");
    const url = `${this.#options.baseUrl}/api/v1${restPath(path, options.query)}`;
    const headers = this.#headers(options, {
      ...(isQuery ? {} : ofMutation(options)),
      "content-type": body === undefined ? undefined : "application/json",
    });
    const operation = `${method} ${path.replace(/\/[^/]*\d[^/]*/g, "/{id}")}`;
    const { keepalive = false } = options;
    // Some runtimes refuse options that they do not know.
    const ofPage = keepalive ? { keepalive } : {};
    const init = { method, headers, redirect, body: body ?? null, ...ofPage } as const;
    return this.#exchange({ operation, url, init, parse: parseRest }, options);
  }

  async #exchange(request: OutgoingRequest, options: CallOptions): Promise<WithResponse<unknown>> {
    try {
      return await this.#retryLoop(request, options).run(async (response, attempts) => {
        const { status, headers } = response;
        const text = await response.text();
        const data = (request.parse ?? parseResponse)({ status, headers, text }, Date.now());
        const requestId = headers.get("x-request-id") ?? undefined;
        const replayed = headers.get("idempotent-replayed") === "true";
        return { data, response: { status, headers, requestId, attempts, replayed } };
      });
    } catch (error) {
      const { method, headers } = request.init;
      const key = method !== "GET" ? headers.get("idempotency-key") : null;
      if (key !== null && ServiceFlowError.is(error)) {
        keepFailed(error, key, (again) =>
          // The signal of the failed call may have aborted.
          this.#exchange(request, { ...options, signal: undefined, ...again }),
        );
      }
      throw error;
    }
  }

  /**
   * Streams a response body. Retries until the body starts; an interruption after that is an error.
   * @throws ServiceFlowError
   */
  async *stream({
    operation,
    path,
    type,
    maxSilenceMs,
    reconnectsIn,
    options,
  }: StreamCall): AsyncGenerator<Uint8Array> {
    const url = `${this.#options.baseUrl}/api/v1${path}`;
    const headers = this.#headers(options);
    const init = { method: "GET" as const, headers, redirect } as const;
    const retryLoop = this.#retryLoop({ operation, url, init, reconnectsIn }, options);
    const body = await retryLoop.run(async (response) => {
      const { status, headers, body } = response;
      if (status === 200 && body && isOfType(headers, type)) return body;
      return parseResponse({ status, headers, text: await response.text() }, Date.now()) as never;
    });
    const limitMs = maxSilenceMs ?? retryLoop.limits.attemptTimeoutMs;
    yield* readChunks(body, (next) =>
      withDeadline(
        () => wrapNetworkErrors(url, next),
        limitMs,
        options.signal,
        limitMs,
        BUSY_READER_GRACE_MS,
      ),
    );
  }

  #retryLoop(
    { operation, url, init, reconnectsIn }: OutgoingRequest,
    options: CallOptions,
  ): RetryLoop {
    const { fetch, onRequest, onResponse } = this.#options;
    const key = new KeyOfCall(this.#options.apiKey);
    const exchange = async <T>(
      signal: AbortSignal,
      read: (response: Response) => Promise<T>,
      onHeaders: (response: Response) => void,
    ): Promise<T> => {
      const headers = new Headers(init.headers);
      const next = key.next();
      const apiKey = typeof next === "object" ? await next : next;
      if (apiKey !== undefined) setHeader(headers, "x-api-key", apiKey);
      return wrapNetworkErrors(url, async () => {
        signal.throwIfAborted();
        const response = await fetch(url, { ...init, headers, signal });
        if (signal.aborted) {
          // From a fetch that ignores its signal. Nobody will read the body.
          response.body?.cancel().catch(() => {});
          throw signal.reason;
        }
        onHeaders(response);
        this.#reportDeprecation(operation, response.headers);
        return read(response);
      });
    };
    const summary = { operation, method: init.method, url, headers: init.headers, reconnectsIn };
    const limits = requireLimits({
      timeoutMs: options.timeoutMs ?? this.#options.timeoutMs,
      attemptTimeoutMs: options.attemptTimeoutMs ?? this.#options.attemptTimeoutMs,
      maxRetries: options.maxRetries ?? this.#options.maxRetries,
    });
    return new RetryLoop(summary, limits, options.signal, exchange, key, { onRequest, onResponse });
  }

  #procedureRequest({ path, type, input, options }: ProcedureCall): OutgoingRequest {
    const url = `${this.#options.baseUrl}/trpc/${path}`;
    const json = JSON.stringify(input);
    if (type === "query") {
      const query = json === undefined ? "" : `?input=${encodeURIComponent(json)}`;
      const headers = this.#headers(options);
      return { operation: path, url: `${url}${query}`, init: { method: "GET", headers, redirect } };
    }
    const headers = this.#headers(options, {
      "content-type": "application/json",
      ...ofMutation(options),
    });
    const init = { method: "POST" as const, headers, redirect, body: json ?? null } as const;
    return { operation: path, url, init };
  }

  #headers(options: CallOptions, own: Record<string, string | undefined> = {}): Headers {
    const headers = new Headers();
    const { apiKey } = this.#options;
    const ours = { ...own, "x-api-key": typeof apiKey === "string" ? apiKey : undefined };
    for (const source of [this.#options.headers, options.headers ?? {}, ours]) {
      for (const [name, value] of Object.entries(source)) {
        if (value !== undefined) setHeader(headers, name, value);
      }
    }
    return headers;
  }

  #reportDeprecation(operation: string, headers: Headers): void {
    if (this.#reportedDeprecations.has(operation)) return;
    const notice = readDeprecation(operation, headers);
    if (!notice) return;
    this.#reportedDeprecations.add(operation);
    runHook(this.#options.onDeprecation, notice);
  }
}

function ofMutation({ idempotencyKey, dryRun, ifVersion }: VersionedOptions) {
  return {
    "idempotency-key": idempotencyKey ?? newIdempotencyKey(),
    "dry-run": dryRun ? "true" : undefined,
    "if-match": ifVersion === undefined ? undefined : `"${ifVersion}"`,
  };
}

async function wrapNetworkErrors<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (ServiceFlowError.is(cause)) throw cause;
    const detail = `The connection to ${new URL(url).origin} failed before the response was complete.`;
    throw new ServiceFlowError("network_error", detail, { retryable: true, cause });
  }
}

function isOfType(headers: Headers, type: string): boolean {
  return headers.get("content-type")?.startsWith(type) === true;
}

// The runtime's own error would quote the value, which may be a secret.
function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    throw new TypeError(`The value of the header ${name} contains invalid characters.`);
  }
}
