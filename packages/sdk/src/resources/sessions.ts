import type { CurrentSession, EndedSession, Session, SessionOptions } from "@serviceflow/domain";
import { type ApiPromise, CallPromise, type WithResponse } from "../transport/api-promise.ts";
import type { CallOptions, MutationOptions } from "../transport/call-options.ts";
import type { Sender } from "../transport/sender.ts";
import type { Call } from "../transport/trpc.ts";
import { type PageInput, type PageIterable, paginate } from "./paginate.ts";

/** What a session is exchanged for: a one-time code, or an API key of the person, with which it ends. */
export type StartSessionInput = { code: string } | { apiKey: string };

/** The session of a person in a browser, and their other ones. For clients with `session: true`. */
export class Sessions {
  readonly #call: Call;
  readonly #sender: Sender;

  /** @internal */
  constructor(call: Call, sender: Sender) {
    this.#call = call;
    this.#sender = sender;
  }

  /**
   * Gets the ways to sign in besides one-time codes and API keys, before anybody is signed in. Let the browser navigate to their
   * addresses.
   * @throws ServiceFlowError
   * @example
   * ```ts
   * const { oidc } = await sf.session.options();
   * if (oidc) location.assign(`${oidc.url}?return=/console/requests`);
   * ```
   */
  options(options: CallOptions = {}): ApiPromise<SessionOptions> {
    const answer = this.#sender.request("GET", "/session/options", options);
    return new CallPromise(answer as Promise<WithResponse<SessionOptions>>);
  }

  /**
   * Signs in. The session is a cookie that no script can read: keep the code or key nowhere. Repeat a call that failed with the
   * same `idempotencyKey`.
   * @throws ServiceFlowError `unauthenticated`, `forbidden` outside a page of the server, `rate_limited`
   * @example
   * ```ts
   * const { expiresAt } = await sf.session.start({ code: location.hash.slice("#code=".length) });
   * ```
   */
  start(input: StartSessionInput, options?: MutationOptions): ApiPromise<Session> {
    const headers = {
      ...options?.headers,
      ...("code" in input ? { "x-one-time-code": input.code } : { "x-api-key": input.apiKey }),
    };
    return this.#call((server, context) => server.sessions.start.mutate(undefined, context), {
      ...options,
      headers,
    });
  }

  /**
   * Gets who is signed in, and until when.
   * @throws ServiceFlowError `unauthenticated` when nobody is, `not_found` for a call with an API key
   * @example
   * ```ts
   * const { user, expiresAt } = await sf.session.current();
   * ```
   */
  current(options?: CallOptions): ApiPromise<CurrentSession> {
    return this.#call(
      (server, context) => server.sessions.current.query(undefined, context),
      options,
    );
  }

  /**
   * Signs out: ends the session of the call.
   * @throws ServiceFlowError `unauthenticated` when nobody is signed in, `not_found` for a call with an API key
   * @example
   * ```ts
   * await sf.session.end();
   * ```
   */
  end(options?: MutationOptions): ApiPromise<EndedSession> {
    return this.#call(
      (server, context) => server.sessions.endCurrent.mutate(undefined, context),
      options,
    );
  }

  /**
   * Lists your sessions that have not ended, newest first.
   * @throws ServiceFlowError
   * @example
   * ```ts
   * for await (const { id, device, current } of sf.session.list()) console.log(id, device, current);
   * ```
   */
  list(input: PageInput = {}, options?: CallOptions): PageIterable<Session> {
    return paginate(input, options, (page, ofPage) =>
      this.#call((server, context) => server.sessions.list.query(page, context), ofPage),
    );
  }

  /**
   * Lists a user's sessions that have not ended, newest first. Administrators only.
   * @throws ServiceFlowError `not_found`, `forbidden`
   * @example
   * ```ts
   * const { items } = await sf.session.listOf("usr_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  listOf(userId: string, input: PageInput = {}, options?: CallOptions): PageIterable<Session> {
    return paginate(input, options, (page, ofPage) =>
      this.#call(
        (server, context) => server.sessions.listOf.query({ ...page, id: userId }, context),
        ofPage,
      ),
    );
  }

  /**
   * Ends any of your sessions at once or, as an administrator, anybody's. Has no effect on one that has ended.
   * @throws ServiceFlowError `not_found`
   * @example
   * ```ts
   * await sf.session.revoke("key_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  revoke(id: string, options?: MutationOptions): ApiPromise<EndedSession> {
    return this.#call((server, context) => server.sessions.end.mutate({ id }, context), options);
  }
}
