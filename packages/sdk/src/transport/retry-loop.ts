import { isServiceFlowError, type ServiceFlowError } from "../error.ts";
import { pause, withDeadline } from "./deadline.ts";
import { type Hooks, type RequestInfo, redact, tell } from "./hooks.ts";
import { retryDelay, shouldRetry } from "./retry.ts";

/** How long a call may take, and how often it is sent. */
export interface Limits {
  timeoutMs: number;
  attemptTimeoutMs: number;
  maxRetries: number;
}

/** What is sent, as hooks are told of it. */
interface About {
  operation: string;
  method: "GET" | "POST";
  url: string;
  headers: Headers;
}

/** Sends once, tells of the answer as soon as it begins, and reads it. */
type Exchange = <T>(
  signal: AbortSignal,
  read: (response: Response) => Promise<T>,
  seen: (response: Response) => void,
) => Promise<T>;

/** One call, sent until it is answered or its time is over. */
export class Attempts {
  readonly limits: Limits;
  readonly #about: About;
  readonly #signal: AbortSignal | undefined;
  readonly #exchange: Exchange;
  readonly #hooks: Hooks;
  readonly #endsAt: number;

  constructor(
    about: About,
    limits: Limits,
    signal: AbortSignal | undefined,
    exchange: Exchange,
    hooks: Hooks,
  ) {
    this.limits = limits;
    this.#about = about;
    this.#signal = signal;
    this.#exchange = exchange;
    this.#hooks = hooks;
    this.#endsAt = performance.now() + limits.timeoutMs;
  }

  /** @throws ServiceFlowError that the last attempt ended in */
  async run<T>(read: (response: Response, attempts: number) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const told = this.#tellRequest(attempt);
      const started = performance.now();
      let status: number | undefined;
      let requestId: string | undefined;
      const tellEnd = (error?: ServiceFlowError, retryInMs?: number) => {
        if (!told) return;
        const durationMs = performance.now() - started;
        const ended = { status, requestId: error?.requestId ?? requestId, durationMs };
        tell(this.#hooks.onResponse, { ...told, ...ended, error, retryInMs });
      };
      try {
        const answer = await this.#attempt(
          (response) => read(response, attempt),
          (response) => {
            status = response.status;
            requestId = response.headers.get("x-request-id") ?? undefined;
          },
        );
        tellEnd();
        return answer;
      } catch (error) {
        if (!isServiceFlowError(error)) throw error;
        const wait = this.#waitAfter(attempt, error);
        tellEnd(error, wait);
        if (wait === undefined) throw error;
        await pause(wait, this.#signal);
      }
    }
  }

  #attempt<T>(
    read: (response: Response) => Promise<T>,
    seen: (response: Response) => void,
  ): Promise<T> {
    const { timeoutMs, attemptTimeoutMs } = this.limits;
    const left = this.#endsAt - performance.now();
    const isLast = left <= attemptTimeoutMs;
    return withDeadline(
      (limit) => this.#exchange(limit, read, seen),
      isLast ? left : attemptTimeoutMs,
      this.#signal,
      isLast ? timeoutMs : attemptTimeoutMs,
    );
  }

  /** How long to wait before the call is sent again; undefined when there is no point, or no time left. */
  #waitAfter(attempt: number, error: ServiceFlowError): number | undefined {
    if (!shouldRetry(error) || attempt > this.limits.maxRetries) return undefined;
    const wait = retryDelay(attempt - 1, error.retryAfterMs);
    return performance.now() + wait < this.#endsAt ? wait : undefined;
  }

  #tellRequest(attempt: number): RequestInfo | undefined {
    const { onRequest, onResponse } = this.#hooks;
    if (!onRequest && !onResponse) return undefined;
    const { operation, method, url, headers } = this.#about;
    const [plainUrl = url] = url.split("?");
    const told = { operation, method, url: plainUrl, headers: redact(headers), attempt };
    tell(onRequest, told);
    return told;
  }
}

/** @throws TypeError when they make no sense */
export function requireLimits<Given extends Limits>(limits: Given): Given {
  for (const name of ["timeoutMs", "attemptTimeoutMs"] as const) {
    if (!(limits[name] > 0)) throw new TypeError(`${name} must be more than 0.`);
  }
  if (!Number.isInteger(limits.maxRetries) || limits.maxRetries < 0) {
    throw new TypeError("maxRetries must be 0 or a positive whole number.");
  }
  return limits;
}
