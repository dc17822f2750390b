import { ApiKeys } from "./resources/api-keys.ts";
import { Audit } from "./resources/audit.ts";
import { Categories } from "./resources/categories.ts";
import { Comments } from "./resources/comments.ts";
import { Events } from "./resources/events.ts";
import { Requests } from "./resources/requests.ts";
import { Users } from "./resources/users.ts";
import { Webhooks } from "./resources/webhooks.ts";
import { warnOnce } from "./transport/deprecation.ts";
import type { Hooks } from "./transport/hooks.ts";
import { type Fetch, Sender } from "./transport/sender.ts";
import { connect } from "./transport/trpc.ts";

const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_ATTEMPT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_RETRIES = 2;
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

export interface ServiceFlowOptions extends Hooks {
  /** Where the server is: `https://serviceflow.example.com`. */
  baseUrl: string | URL;
  /** `sf_...`. Only `users.bootstrap` works without one. */
  apiKey?: string | undefined;
  /** Used instead of the global `fetch`. */
  fetch?: Fetch | undefined;
  /** How long a whole call may take, every attempt and every wait between them included; default 120000. */
  timeoutMs?: number | undefined;
  /** How long one attempt of a call may take, up to the last byte of the answer; default 30000. */
  attemptTimeoutMs?: number | undefined;
  /** How often a call is sent again when that can help; default 2. */
  maxRetries?: number | undefined;
  /** Sent with every call. Those that the SDK sets itself stay as they are. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Allows an API key in a web page, where whoever opens the page can read it. */
  dangerouslyAllowBrowser?: boolean | undefined;
}

/**
 * A client of ServiceFlow. It may be shared by everything in a program that calls with the same API key.
 *
 * A call that fails throws a `ServiceFlowError`. Besides the codes that each method names it can be `unauthenticated`,
 * `insufficient_scope`, `validation_failed`, `idempotency_key_reused`, `write_conflict`, `rate_limited`, `unavailable` or
 * `internal_error` of the server, and `timeout`, `aborted`, `network_error` or `invalid_response` of the client.
 * @throws TypeError when the options cannot work, or would show the API key to whoever opens the page
 * @example
 * ```ts
 * const sf = new ServiceFlow({ baseUrl: "http://localhost:8000", apiKey: process.env.API_KEY });
 * const request = await sf.requests.create({ title: "The printer on floor 2 is jammed" });
 * ```
 */
export class ServiceFlow {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** Service requests and what is done with them. */
  readonly requests: Requests;
  /** What is said about a request. */
  readonly comments: Comments;
  /** People and service accounts. */
  readonly users: Users;
  /** How callers authenticate. */
  readonly apiKeys: ApiKeys;
  /** What kinds of request there are. */
  readonly categories: Categories;
  /** What happened, all of it. */
  readonly audit: Audit;
  /** What happens, for bots and integrations to follow. */
  readonly events: Events;
  /** Where events are sent. */
  readonly webhooks: Webhooks;

  readonly #options: ServiceFlowOptions;

  constructor(options: ServiceFlowOptions) {
    const { apiKey, dangerouslyAllowBrowser = false } = options;
    this.baseUrl = requireBaseUrl(options.baseUrl);
    if (apiKey === "") throw new TypeError("apiKey is empty.");
    if (apiKey !== undefined && !dangerouslyAllowBrowser && isPage()) {
      throw new TypeError(
        "An API key in a web page can be read by whoever opens it. Call ServiceFlow from your server; or, where every user brings their own key, set dangerouslyAllowBrowser: true.",
      );
    }
    this.#options = { ...options, headers: { ...options.headers } };
    const { baseUrl } = this;
    const sender = new Sender({
      baseUrl,
      apiKey,
      headers: { ...options.headers },
      // Looked up at each call, so that what instruments or replaces the global one is used.
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      attemptTimeoutMs: options.attemptTimeoutMs ?? DEFAULT_ATTEMPT_TIMEOUT_MS,
      maxRetries: options.maxRetries ?? DEFAULT_MAX_RETRIES,
      onRequest: options.onRequest,
      onResponse: options.onResponse,
      onDeprecation: options.onDeprecation ?? ((notice) => warnOnce(baseUrl, notice)),
    });
    const call = connect(sender);
    this.requests = new Requests(call);
    this.comments = new Comments(call);
    this.users = new Users(call);
    this.apiKeys = new ApiKeys(call);
    this.categories = new Categories(call);
    this.audit = new Audit(call, sender);
    this.events = new Events(call, sender);
    this.webhooks = new Webhooks(call);
  }

  /**
   * Makes another client that differs in what is given; headers come on top of those that there are.
   * @throws TypeError as the constructor does
   * @example
   * ```ts
   * const patient = sf.withOptions({ maxRetries: 5, timeoutMs: 300_000 });
   * await patient.requests.stats();
   * ```
   */
  withOptions(changes: Partial<ServiceFlowOptions>): ServiceFlow {
    const headers = { ...this.#options.headers, ...changes.headers };
    return new ServiceFlow({ ...this.#options, ...changes, headers });
  }

  /** What a log may show: where the client calls, never with which key. */
  toJSON(): { baseUrl: string } {
    return { baseUrl: this.baseUrl };
  }

  /** @internal */
  [INSPECT](): string {
    return `ServiceFlow { baseUrl: ${JSON.stringify(this.baseUrl)} }`;
  }
}

function requireBaseUrl(given: string | URL): string {
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new TypeError("baseUrl must be an absolute URL: https://serviceflow.example.com");
  }
  if (url.username || url.password) throw new TypeError("baseUrl must hold no credentials.");
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

function isPage(): boolean {
  return "window" in globalThis && "document" in globalThis;
}
