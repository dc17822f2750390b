import { parseAnswer } from "./answer.ts";
import type { CallOptions, VersionedOptions } from "./call-options.ts";
import { pause, withDeadline } from "./deadline.ts";
import { isServiceFlowError, ServiceFlowError } from "./error.ts";
import { readPieces } from "./lines.ts";
import { retryDelay, shouldRetry } from "./retry.ts";

/** The part of `fetch` that the SDK uses. */
export type Fetch = (input: string, init: RequestInit) => Response | Promise<Response>;

/** One call of a procedure. */
export interface ProcedureCall {
  path: string;
  type: "query" | "mutation";
  input: unknown;
  options: VersionedOptions;
}

/** Where calls go, and with what. */
export interface SenderOptions {
  /** Without a slash at the end. */
  baseUrl: string;
  apiKey: string | undefined;
  headers: Readonly<Record<string, string>>;
  fetch: Fetch;
  timeoutMs: number;
  maxRetries: number;
}

interface Message {
  url: string;
  init: RequestInit;
}

/** Sends calls until they are answered, or until there is no point in it any more. */
export class Sender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
    requireLimits(options);
    this.#headers({});
  }

  /**
   * What the procedure answers. However often a mutation has to be sent, it has one idempotency key.
   * @throws ServiceFlowError
   */
  async send(call: ProcedureCall): Promise<unknown> {
    const message = this.#write(call);
    return this.#try(call.options, (limit) =>
      this.#reach(message.url, async () => {
        const { status, headers, text } = await this.#exchange(message, limit);
        return parseAnswer({ status, headers, text: await text() }, Date.now());
      }),
    );
  }

  /**
   * The body of what REST answers, as it comes: asked for again until it begins, and then read to its end once.
   * @param path below the version of the API, with its query
   * @param type that the answer must have
   * @param pauseMs how long it may pause; the time limit of the call when left out
   * @throws ServiceFlowError also when it breaks off
   */
  async *stream(
    path: string,
    type: string,
    pauseMs: number | undefined,
    options: CallOptions,
  ): AsyncGenerator<Uint8Array> {
    const url = `${this.#options.baseUrl}/api/v1${path}`;
    const init: RequestInit = {
      method: "GET",
      headers: this.#headers(options),
      redirect: "manual",
    };
    const body = await this.#try(options, (limit) =>
      this.#reach(url, async () => {
        const { status, headers, text, body } = await this.#exchange({ url, init }, limit);
        if (status === 200 && body && isOfType(headers, type)) return body;
        return parseAnswer({ status, headers, text: await text() }, Date.now()) as never;
      }),
    );
    const { timeoutMs } = this.#limits(options);
    yield* readPieces(body, (next) =>
      withDeadline(() => this.#reach(url, next), pauseMs ?? timeoutMs, options.signal),
    );
  }

  #limits({ timeoutMs, maxRetries }: CallOptions): { timeoutMs: number; maxRetries: number } {
    return requireLimits({
      timeoutMs: timeoutMs ?? this.#options.timeoutMs,
      maxRetries: maxRetries ?? this.#options.maxRetries,
    });
  }

  async #try<T>(options: CallOptions, work: (limit: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = options;
    const { timeoutMs, maxRetries } = this.#limits(options);
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await withDeadline(work, timeoutMs, signal);
      } catch (error) {
        if (!isServiceFlowError(error) || !shouldRetry(error) || attempt >= maxRetries) throw error;
        await pause(retryDelay(attempt, error.retryAfterMs), signal);
      }
    }
  }

  #write({ path, type, input, options }: ProcedureCall): Message {
    const url = `${this.#options.baseUrl}/trpc/${path}`;
    const json = JSON.stringify(input);
    // A redirect would take the API key wherever it leads, and turn a POST into a GET.
    const redirect = "manual";
    if (type === "query") {
      const query = json === undefined ? "" : `?input=${encodeURIComponent(json)}`;
      const headers = this.#headers(options);
      return { url: `${url}${query}`, init: { method: "GET", headers, redirect } };
    }
    const headers = this.#headers(options, {
      "content-type": "application/json",
      "idempotency-key": options.idempotencyKey ?? newIdempotencyKey(),
      "if-match": options.ifVersion === undefined ? undefined : `"${options.ifVersion}"`,
    });
    return { url, init: { method: "POST", headers, redirect, body: json ?? null } };
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

  async #exchange({ url, init }: Message, signal: AbortSignal) {
    const { fetch } = this.#options;
    const response = await fetch(url, { ...init, signal });
    const { status, headers, body } = response;
    return { status, headers, body, text: () => response.text() };
  }

  /** Whatever the runtime throws on the way to the server and back is one error. */
  async #reach<T>(url: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (isServiceFlowError(cause)) throw cause;
      const detail = `No whole answer came from ${new URL(url).origin}.`;
      throw new ServiceFlowError("network_error", detail, { retryable: true, cause });
    }
  }
}

function isOfType(headers: Headers, type: string): boolean {
  return headers.get("content-type")?.startsWith(type) === true;
}

function requireLimits<Limits extends { timeoutMs: number; maxRetries: number }>(
  limits: Limits,
): Limits {
  if (!(limits.timeoutMs > 0)) throw new TypeError("timeoutMs must be more than 0.");
  if (!Number.isInteger(limits.maxRetries) || limits.maxRetries < 0) {
    throw new TypeError("maxRetries must be 0 or a positive whole number.");
  }
  return limits;
}

// The runtime's own complaint would quote the value, which may be a secret.
function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    throw new TypeError(`The header ${name} holds characters that HTTP cannot carry.`);
  }
}

// Pages that were not served over HTTPS have no randomUUID.
function newIdempotencyKey(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
