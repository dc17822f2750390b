import { ServiceFlowError } from "../error.ts";
import { runHook } from "../run-hook.ts";
import type { KeyOfCall } from "./api-key.ts";
import { pause, withDeadline } from "./deadline.ts";
import { type Hooks, type RequestInfo, redact } from "./hooks.ts";
import type { RestMethod } from "./rest-call.ts";
import { retryDelay, shouldRetry } from "./retry-policy.ts";

export interface Limits {
  timeoutMs: number;
  attemptTimeoutMs: number;
  maxRetries: number;
}

/** The request, as hooks see it. */
interface RequestSummary {
  operation: string;
  method: RestMethod;
  url: string;
  headers: Headers;
  /** Of a stream, which is called again by the one who follows it. */
  reconnectsIn?: ((error: ServiceFlowError) => number | undefined) | undefined;
}

/** Sends once, calls `onHeaders` as soon as the response starts, and reads it. */
type Exchange = <T>(
  signal: AbortSignal,
  read: (response: Response) => Promise<T>,
  onHeaders: (response: Response) => void,
) => Promise<T>;

/** Repeats one call until it succeeds, fails for good or runs out of time. */
export class RetryLoop {
  readonly limits: Limits;
  readonly #request: RequestSummary;
  readonly #signal: AbortSignal | undefined;
  readonly #exchange: Exchange;
  readonly #key: KeyOfCall;
  readonly #hooks: Hooks;
  readonly #endsAt: number;
  #retries = 0;

  constructor(
    request: RequestSummary,
    limits: Limits,
    signal: AbortSignal | undefined,
    exchange: Exchange,
    key: KeyOfCall,
    hooks: Hooks,
  ) {
    this.limits = limits;
    this.#request = request;
    this.#signal = signal;
    this.#exchange = exchange;
    this.#key = key;
    this.#hooks = hooks;
    this.#endsAt = performance.now() + limits.timeoutMs;
  }

  /** @throws ServiceFlowError of the last attempt */
  async run<T>(read: (response: Response, attempts: number) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const info = this.#reportRequest(attempt);
      const started = performance.now();
      let status: number | undefined;
      let requestId: string | undefined;
      const reportResponse = (error?: ServiceFlowError, retryInMs?: number) => {
        if (!info) return;
        const durationMs = performance.now() - started;
        const outcome = { status, requestId: error?.requestId ?? requestId, durationMs };
        runHook(this.#hooks.onResponse, { ...info, ...outcome, error, retryInMs });
      };
      try {
        const result = await this.#attempt(
          (response) => read(response, attempt),
          (response) => {
            status = response.status;
            requestId = response.headers.get("x-request-id") ?? undefined;
          },
        );
        reportResponse();
        return result;
      } catch (error) {
        if (!ServiceFlowError.is(error)) throw error;
        const delay = this.#delayAfter(error);
        reportResponse(error, delay ?? this.#request.reconnectsIn?.(error));
        if (delay === undefined) throw error;
        if (delay > 0) await pause(delay, this.#signal);
      }
    }
  }

  #attempt<T>(
    read: (response: Response) => Promise<T>,
    onHeaders: (response: Response) => void,
  ): Promise<T> {
    const { timeoutMs, attemptTimeoutMs } = this.limits;
    // The pause before it may have ended late.
    const left = Math.max(this.#endsAt - performance.now(), 0);
    const isLast = left <= attemptTimeoutMs;
    return withDeadline(
      (signal) => this.#exchange(signal, read, onHeaders),
      isLast ? left : attemptTimeoutMs,
      this.#signal,
      isLast ? timeoutMs : attemptTimeoutMs,
    );
  }

  /** Milliseconds until the next attempt; undefined when a retry cannot help or would exceed the time limit. */
  #delayAfter(error: ServiceFlowError): number | undefined {
    if (this.#key.canRenewAfter(error)) return 0;
    if (!shouldRetry(error) || this.#retries >= this.limits.maxRetries) return undefined;
    const delay = retryDelay(this.#retries, error.retryAfterMs);
    if (performance.now() + delay >= this.#endsAt) return undefined;
    this.#retries += 1;
    return delay;
  }

  #reportRequest(attempt: number): RequestInfo | undefined {
    const { onRequest, onResponse } = this.#hooks;
    if (!onRequest && !onResponse) return undefined;
    const { operation, method, url, headers } = this.#request;
    const [urlWithoutQuery = url] = url.split("?");
    const info = { operation, method, url: urlWithoutQuery, headers: redact(headers), attempt };
    runHook(onRequest, info);
    return info;
  }
}

/** @throws TypeError for a limit that is out of range */
export function requireLimits<Given extends Limits>(limits: Given): Given {
  for (const name of ["timeoutMs", "attemptTimeoutMs"] as const) {
    if (!(limits[name] > 0)) throw new TypeError(`${name} must be greater than 0.`);
  }
  if (!Number.isInteger(limits.maxRetries) || limits.maxRetries < 0) {
    throw new TypeError("maxRetries must be a non-negative integer.");
  }
  return limits;
}
