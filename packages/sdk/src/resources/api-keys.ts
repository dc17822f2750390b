import type { ApiKey, ApiKeyWithSecret, IssueKeyInput, RotateKeyInput } from "@serviceflow/domain";
import type { ApiPromise } from "../transport/api-promise.ts";
import type { CallOptions, MutationOptions } from "../transport/call-options.ts";
import type { Call } from "../transport/trpc.ts";
import { type PageInput, type PageIterable, paginate } from "./page.ts";

/** How callers authenticate. A key itself is only in the answer that it is issued or rotated with. */
export class ApiKeys {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    this.#call = call;
  }

  /**
   * Issues a further key for yourself. It can do no more than the key that asks.
   * @throws ServiceFlowError `insufficient_scope`, `secret_not_replayable`
   * @example
   * ```ts
   * const { apiKey } = await sf.apiKeys.issue({ name: "Dashboard", scopes: ["requests:read"] });
   * ```
   */
  issue(input: IssueKeyInput, options?: MutationOptions): ApiPromise<ApiKeyWithSecret> {
    return this.#call((server, sent) => server.apiKeys.issue.mutate(input, sent), options);
  }

  /**
   * Lists your keys, newest first, those that no longer work as well.
   * @throws ServiceFlowError
   * @example
   * ```ts
   * for await (const { id, name, lastUsedAt } of sf.apiKeys.list()) console.log(id, name, lastUsedAt);
   * ```
   */
  list(input: PageInput = {}, options?: CallOptions): PageIterable<ApiKey> {
    return paginate(input, (page) =>
      this.#call((server, sent) => server.apiKeys.list.query(page, sent), options),
    );
  }

  /**
   * Issues a key for a user; administrators only.
   * @throws ServiceFlowError `not_found`, `forbidden`, `insufficient_scope`, `secret_not_replayable`
   * @example
   * ```ts
   * const { apiKey } = await sf.apiKeys.issueFor("usr_01kjg3v9tefya8h8m6q1v0c3zd", { name: "Bot" });
   * ```
   */
  issueFor(
    userId: string,
    input: IssueKeyInput,
    options?: MutationOptions,
  ): ApiPromise<ApiKeyWithSecret> {
    return this.#call(
      (server, sent) => server.apiKeys.issueFor.mutate({ ...input, id: userId }, sent),
      options,
    );
  }

  /**
   * Lists a user's keys, newest first; administrators only.
   * @throws ServiceFlowError `not_found`, `forbidden`
   * @example
   * ```ts
   * const { items } = await sf.apiKeys.listOf("usr_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  listOf(userId: string, input: PageInput = {}, options?: CallOptions): PageIterable<ApiKey> {
    return paginate(input, (page) =>
      this.#call(
        (server, sent) => server.apiKeys.listOf.query({ ...page, id: userId }, sent),
        options,
      ),
    );
  }

  /**
   * Replaces a key by a new one of the same name and scopes. The old one works on for the overlap: a day by default,
   * 0 seconds for a leaked key.
   * @throws ServiceFlowError `not_found`, `api_key_inactive`, `insufficient_scope`, `secret_not_replayable`
   * @example
   * ```ts
   * const { apiKey } = await sf.apiKeys.rotate("key_01kjg3v9tefya8h8m6q1v0c3zd", { overlapSeconds: 0 });
   * ```
   */
  rotate(
    id: string,
    input: RotateKeyInput = {},
    options?: MutationOptions,
  ): ApiPromise<ApiKeyWithSecret> {
    return this.#call(
      (server, sent) => server.apiKeys.rotate.mutate({ ...input, id }, sent),
      options,
    );
  }

  /**
   * Ends a key at once. One that is revoked already stays as it is.
   * @throws ServiceFlowError `not_found`
   * @example
   * ```ts
   * const { revokedAt } = await sf.apiKeys.revoke("key_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  revoke(id: string, options?: MutationOptions): ApiPromise<ApiKey> {
    return this.#call((server, sent) => server.apiKeys.revoke.mutate({ id }, sent), options);
  }
}
