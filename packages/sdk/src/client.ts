import { canShare, sharedName } from "./feed/shared-feed.ts";
import { ApiKeys } from "./resources/api-keys.ts";
import { Audit } from "./resources/audit.ts";
import { Categories } from "./resources/categories.ts";
import { Codes } from "./resources/codes.ts";
import { Comments } from "./resources/comments.ts";
import { Events } from "./resources/events.ts";
import { Requests } from "./resources/requests.ts";
import { Sessions } from "./resources/sessions.ts";
import { Users } from "./resources/users.ts";
import { Webhooks } from "./resources/webhooks.ts";
import type { ApiKeySource } from "./transport/api-key.ts";
import { type ApiPromise, CallPromise, type WithResponse } from "./transport/api-promise.ts";
import type { CallOptions } from "./transport/call-options.ts";
import { warnOnce } from "./transport/deprecation.ts";
import { retryFailed } from "./transport/failed-calls.ts";
import type { Hooks } from "./transport/hooks.ts";
import type { RestMethod, RestOptions } from "./transport/rest-call.ts";
import { type Fetch, Sender } from "./transport/sender.ts";
import { connect } from "./transport/trpc.ts";

const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_ATTEMPT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_RETRIES = 2;
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** Options of a client. */
export interface ServiceFlowOptions extends Hooks {
  /** URL of the server: `https://serviceflow.example.com`. */
  baseUrl: string | URL;
  /** `sf_...`, or a function that gets it. Required by every call except `users.bootstrap`. */
  apiKey?: ApiKeySource | undefined;
  /**
   * Calls as the person who is signed in, by the session's cookie, instead of with a key: in a page that the server itself
   * serves. `sf.session.start` signs in.
   */
  session?: boolean | undefined;
  /** Replaces the global `fetch`. */
  fetch?: Fetch | undefined;
  /** Time limit of a whole call in milliseconds, retries and delays included; default 120000. */
  timeoutMs?: number | undefined;
  /** Time limit of one attempt in milliseconds, up to the last byte of the response; default 30000. */
  attemptTimeoutMs?: number | undefined;
  /** Maximum number of retries of a call; default 2. */
  maxRetries?: number | undefined;
  /** Additional headers of every call. They cannot override headers that the SDK sets itself. */
  headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Tabs and workers of an origin whose clients have this identity share one stream of events. With an API key that is the
   * default, by the key; a client with a function for it, or that is signed in by a cookie, names its user or session. `false`: it shares with none.
   * Never shared without HTTPS (but on localhost), where browsers cannot.
   */
  shareEventsAs?: string | false | undefined;
  /** Allows an API key in a web page, where every visitor can read it. */
  dangerouslyAllowBrowser?: boolean | undefined;
}

/**
 * A ServiceFlow client. Share one instance across your program.
 *
 * Failed calls throw a `ServiceFlowError`. In addition to the codes listed with each method, any call can fail with the
 * server's `unauthenticated`, `insufficient_scope`, `validation_failed`, `idempotency_key_reused`, `write_conflict`,
 * `rate_limited`, `query_timeout`, `unavailable` or `internal_error`, and the client's `timeout`, `aborted`,
 * `network_error`, `invalid_response` or `api_key_unavailable`.
 * @throws TypeError for invalid options, for an API key in a web page without `dangerouslyAllowBrowser`, and for
 * `session` in a page of another origin
 * @example
 * ```ts
 * const sf = new ServiceFlow({ baseUrl: "http://localhost:8000", apiKey: process.env.API_KEY });
 * const request = await sf.requests.create({ title: "The printer on floor 2 is jammed" });
 * ```
 */
export class ServiceFlow {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** Service requests. */
  readonly requests: Requests;
  /** Comments on service requests. */
  readonly comments: Comments;
  /** People and service accounts. */
  readonly users: Users;
  /** API keys. */
  readonly apiKeys: ApiKeys;
  /** The session of a person in a browser. */
  readonly session: Sessions;
  /** One-time codes. */
  readonly codes: Codes;
  /** Categories of service requests. */
  readonly categories: Categories;
  /** The audit log. */
  readonly audit: Audit;
  /** The event feed. */
  readonly events: Events;
  /** Webhooks: endpoints that receive events. */
  readonly webhooks: Webhooks;

  readonly #options: ServiceFlowOptions;
  readonly #sender: Sender;

  constructor(options: ServiceFlowOptions) {
    const { apiKey, session = false, dangerouslyAllowBrowser = false } = options;
    this.baseUrl = requireBaseUrl(options.baseUrl);
    if (apiKey === "") throw new TypeError("apiKey is empty.");
    if (apiKey !== undefined && !dangerouslyAllowBrowser && isWebPage()) {
      throw new TypeError(
        "Every visitor of a web page can read its API key. Call ServiceFlow from your server or, if each user enters their own key, set dangerouslyAllowBrowser: true.",
      );
    }
    if (session) requireSession(this.baseUrl, apiKey);
    this.#options = { ...options, headers: { ...options.headers } };
    const { baseUrl } = this;
    const sender = new Sender({
      baseUrl,
      apiKey,
      headers: { ...options.headers },
      // Looked up on each call, so that later instrumentation or replacement of the global takes effect.
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      attemptTimeoutMs: options.attemptTimeoutMs ?? DEFAULT_ATTEMPT_TIMEOUT_MS,
      maxRetries: options.maxRetries ?? DEFAULT_MAX_RETRIES,
      onRequest: options.onRequest,
      onResponse: options.onResponse,
      onDeprecation: options.onDeprecation ?? ((notice) => warnOnce(baseUrl, notice)),
    });
    this.#sender = sender;
    const call = connect(sender);
    this.requests = new Requests(call);
    this.comments = new Comments(call);
    this.users = new Users(call);
    this.apiKeys = new ApiKeys(call);
    this.session = new Sessions(call, sender);
    this.codes = new Codes(call);
    this.categories = new Categories(call);
    this.audit = new Audit(call, sender);
    this.events = new Events(call, sender, sharedNameOf(baseUrl, options));
    this.webhooks = new Webhooks(call);
  }

  /**
   * Creates a client with some options changed. Headers are merged with those of this client.
   * @throws TypeError as the constructor
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

  /**
   * Repeats the mutation that failed with this error, with the same input, version and idempotency key: the server
   * executes it once, even if it had executed the failed call. For a day after that call.
   * @param options replace those of the failed call, except `headers`; its signal no longer applies
   * @throws TypeError for anything but the error of a mutation; ServiceFlowError as the mutation
   * @example
   * ```ts
   * const request = await sf.requests.create({ title: "A chair" }).catch((error) => {
   *   if (!ServiceFlowError.is(error) || !error.retryable) throw error;
   *   // The user has pressed "Try again".
   *   return sf.retry<{ id: string }>(error);
   * });
   * console.log(request.id);
   * ```
   */
  retry<Result = unknown>(
    error: unknown,
    options: Omit<CallOptions, "headers"> = {},
  ): ApiPromise<Result> {
    return retryFailed<Result>(error, options);
  }

  /**
   * Calls an endpoint of the REST API that this SDK has no method for yet, with the same key, retries, idempotency, errors
   * and hooks.
   * @param path below `/api/v1`; encode what you put into it
   * @returns the JSON of the response, the text of other types, undefined without a body
   * @throws ServiceFlowError as the endpoint; TypeError for a path with `.` segments or a query, or a GET with a body
   * @example
   * ```ts
   * const { items } = await sf.request<{ items: { id: string }[] }>("GET", "/requests", {
   *   query: { status: ["NEW", "IN_PROGRESS"], limit: 5 },
   * });
   * console.log(items.map(({ id }) => id));
   * const { id } = await sf.request<{ id: string }>("POST", "/requests", { body: { title: "A chair" } });
   * await sf.request("PATCH", `/requests/${id}`, { body: { priority: "HIGH" }, ifVersion: 1 });
   * ```
   */
  request<Result = unknown>(
    method: RestMethod,
    path: string,
    options: RestOptions = {},
  ): ApiPromise<Result> {
    return new CallPromise(
      this.#sender.request(method, path, options) as Promise<WithResponse<Result>>,
    );
  }

  /** Keeps the API key out of JSON. */
  toJSON(): { baseUrl: string } {
    return { baseUrl: this.baseUrl };
  }

  /** @internal */
  [INSPECT](): string {
    return `ServiceFlow { baseUrl: ${JSON.stringify(this.baseUrl)} }`;
  }
}

/** A custom `fetch` can add an identity that the client does not know. */
function sharedNameOf(
  baseUrl: string,
  { apiKey, headers, fetch, shareEventsAs }: ServiceFlowOptions,
): (() => Promise<string>) | undefined {
  const byDefault = typeof apiKey === "string" && fetch === undefined;
  const isShared = shareEventsAs === undefined ? byDefault : shareEventsAs !== false;
  if (!isShared || !canShare()) return undefined;
  const own = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  const identity = JSON.stringify([baseUrl, apiKey, shareEventsAs, own.sort()]);
  return () => sharedName(identity);
}

function requireBaseUrl(baseUrl: string | URL): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new TypeError("baseUrl must be an absolute URL: https://serviceflow.example.com");
  }
  if (url.username || url.password) throw new TypeError("baseUrl must not contain credentials.");
  const ownUrl = `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  const [below] = /\/(api\/v\d+|trpc|docs)$/.exec(ownUrl) ?? [];
  if (below !== undefined) {
    throw new TypeError(`baseUrl must not end in ${below}: pass ${ownUrl.slice(0, -below.length)}`);
  }
  return ownUrl;
}

function requireSession(baseUrl: string, apiKey: ApiKeySource | undefined): void {
  if (apiKey !== undefined) throw new TypeError("Pass either apiKey or session: true.");
  if (isWebPage() && new URL(baseUrl).origin !== globalThis.location.origin) {
    throw new TypeError(
      "session: true works only in a page of the server's own origin: baseUrl must have the origin of the page.",
    );
  }
}

function isWebPage(): boolean {
  return "window" in globalThis && "document" in globalThis;
}
