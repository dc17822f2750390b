import { isServiceFlowError, ServiceFlowError } from "../error.ts";
import { parseAnswer } from "./answer.ts";
import type { WithResponse } from "./api-promise.ts";
import { Attempts, type Limits, requireLimits } from "./attempts.ts";
import type { CallOptions, VersionedOptions } from "./call-options.ts";
import { withDeadline } from "./deadline.ts";
import { readDeprecation } from "./deprecation.ts";
import { type Hooks, tell } from "./hooks.ts";
import { newIdempotencyKey } from "./idempotency-key.ts";
import { readPieces } from "./lines.ts";

/** The part of `fetch` that the SDK uses. */
export type Fetch = (input: string, init: RequestInit) => Response | Promise<Response>;

/** One call of a procedure. */
export interface ProcedureCall {
  path: string;
  type: "query" | "mutation";
  input: unknown;
  options: VersionedOptions;
}

/** One stream of what REST answers. */
export interface StreamCall {
  /** As a log names it. */
  operation: string;
  /** Below the version of the API, with its query. */
  path: string;
  /** That the answer must have. */
  type: string;
  /** How long it may pause; the time limit of an attempt when left out. */
  pauseMs?: number;
  options: CallOptions;
}

/** Where calls go, and with what. */
export interface SenderOptions extends Limits, Hooks {
  /** Without a slash at the end. */
  baseUrl: string;
  apiKey: string | undefined;
  headers: Readonly<Record<string, string>>;
  fetch: Fetch;
}

interface Message {
  operation: string;
  url: string;
  init: RequestInit & { method: "GET" | "POST"; headers: Headers };
}

// A redirect would take the API key wherever it leads, and turn a POST into a GET.
const redirect = "manual";

/** Sends calls until they are answered, or until there is no point in it any more. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #deprecated = new Set<string>();

  constructor(options: SenderOptions) {
    this.#options = options;
    requireLimits(options);
    this.#headers({});
  }

  /**
   * What the procedure answers. However often a mutation has to be sent, it has one idempotency key.
   * @throws ServiceFlowError
   */
  async send(call: ProcedureCall): Promise<WithResponse<unknown>> {
    const message = this.#write(call);
    return this.#attempts(message, call.options).run(async (response, attempts) => {
      const { status, headers } = response;
      const text = await response.text();
      const data = parseAnswer({ status, headers, text }, Date.now());
      const requestId = headers.get("x-request-id") ?? undefined;
      const replayed = headers.get("idempotent-replayed") === "true";
      return { data, response: { status, headers, requestId, attempts, replayed } };
    });
  }

  /**
   * The body of what REST answers, as it comes: asked for again until it begins, and then read to its end once.
   * @throws ServiceFlowError also when it breaks off
   */
  async *stream({
    operation,
    path,
    type,
    pauseMs,
    options,
  }: StreamCall): AsyncGenerator<Uint8Array> {
    const url = `${this.#options.baseUrl}/api/v1${path}`;
    const headers = this.#headers(options);
    const message: Message = { operation, url, init: { method: "GET", headers, redirect } };
    const attempts = this.#attempts(message, options);
    const body = await attempts.run(async (response) => {
      const { status, headers, body } = response;
      if (status === 200 && body && isOfType(headers, type)) return body;
      return parseAnswer({ status, headers, text: await response.text() }, Date.now()) as never;
    });
    const limitMs = pauseMs ?? attempts.limits.attemptTimeoutMs;
    yield* readPieces(body, (next) =>
      withDeadline(() => reach(url, next), limitMs, options.signal),
    );
  }

  #attempts({ operation, url, init }: Message, options: CallOptions): Attempts {
    const { fetch, onRequest, onResponse } = this.#options;
    const exchange = async <T>(
      signal: AbortSignal,
      read: (response: Response) => Promise<T>,
      seen: (response: Response) => void,
    ): Promise<T> =>
      reach(url, async () => {
        const response = await fetch(url, { ...init, signal });
        seen(response);
        this.#noteDeprecation(operation, response.headers);
        return read(response);
      });
    const about = { operation, method: init.method, url, headers: init.headers };
    const limits = requireLimits({
      timeoutMs: options.timeoutMs ?? this.#options.timeoutMs,
      attemptTimeoutMs: options.attemptTimeoutMs ?? this.#options.attemptTimeoutMs,
      maxRetries: options.maxRetries ?? this.#options.maxRetries,
    });
    return new Attempts(about, limits, options.signal, exchange, { onRequest, onResponse });
  }

  #write({ path, type, input, options }: ProcedureCall): Message {
    const url = `${this.#options.baseUrl}/trpc/${path}`;
    const json = JSON.stringify(input);
    if (type === "query") {
      const query = json === undefined ? "" : `?input=${encodeURIComponent(json)}`;
      const headers = this.#headers(options);
      return { operation: path, url: `${url}${query}`, init: { method: "GET", headers, redirect } };
    }
    const headers = this.#headers(options, {
      "content-type": "application/json",
      "idempotency-key": options.idempotencyKey ?? newIdempotencyKey(),
      "if-match": options.ifVersion === undefined ? undefined : `"${options.ifVersion}"`,
    });
    const init = { method: "POST" as const, headers, redirect, body: json ?? null } as const;
    return { operation: path, url, init };
  }

  #headers(options: CallOptions, own: Record<string, string | undefined> = {}): Headers {
    const headers = new Headers();
    const ours = { ...own, "x-api-key": this.#options.apiKey };
    for (const source of [this.#options.headers, options.headers ?? {}, ours]) {
      for (const [name, value] of Object.entries(source)) {
        if (value !== undefined) setHeader(headers, name, value);
      }
    }
    return headers;
  }

  #noteDeprecation(operation: string, headers: Headers): void {
    if (this.#deprecated.has(operation)) return;
    const notice = readDeprecation(operation, headers);
    if (!notice) return;
    this.#deprecated.add(operation);
    tell(this.#options.onDeprecation, notice);
  }
}

/** Whatever the runtime throws on the way to the server and back is one error. */
async function reach<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isServiceFlowError(cause)) throw cause;
    const detail = `No whole answer came from ${new URL(url).origin}.`;
    throw new ServiceFlowError("network_error", detail, { retryable: true, cause });
  }
}

function isOfType(headers: Headers, type: string): boolean {
  return headers.get("content-type")?.startsWith(type) === true;
}

// The runtime's own complaint would quote the value, which may be a secret.
function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    throw new TypeError(`The header ${name} holds characters that HTTP cannot carry.`);
  }
}
