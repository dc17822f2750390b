import type {
  ApiKey,
  ApiKeyWithSecret,
  CurrentApiKey,
  IssueKeyInput,
  RevokedKeys,
  RevokeKeysInput,
  RotateKeyInput,
} from "@serviceflow/domain";
import type { ApiPromise } from "../transport/api-promise.ts";
import type { CallOptions, MutationOptions } from "../transport/call-options.ts";
import type { Call } from "../transport/trpc.ts";
import { type PageInput, type PageIterable, paginate } from "./paginate.ts";

/** API keys. The secret key is returned only once, when it is issued or rotated. */
export class ApiKeys {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    this.#call = call;
  }

  /**
   * Issues another key for yourself. Its scopes cannot exceed those of the key that makes the call, and it expires no
   * later.
   * @returns the key with its secret, `apiKey`
   * @throws ServiceFlowError `insufficient_scope`, `validation_failed`, `too_many_api_keys`, `secret_not_replayable`
   * @example
   * ```ts
   * const { apiKey } = await sf.apiKeys.issue({ name: "Dashboard", scopes: ["requests:read"] });
   * ```
   */
  issue(input: IssueKeyInput, options?: MutationOptions): ApiPromise<ApiKeyWithSecret> {
    return this.#call((server, context) => server.apiKeys.issue.mutate(input, context), options);
  }

  /**
   * Lists your keys, newest first, including expired and revoked keys.
   * @throws ServiceFlowError
   * @example
   * ```ts
   * for await (const { id, name, lastUsedAt } of sf.apiKeys.list()) console.log(id, name, lastUsedAt);
   * ```
   */
  list(input: PageInput = {}, options?: CallOptions): PageIterable<ApiKey> {
    return paginate(input, options, (page, ofPage) =>
      this.#call((server, context) => server.apiKeys.list.query(page, context), ofPage),
    );
  }

  /**
   * Gets the key that makes the call: its scopes, its expiry and its user. Any key may ask.
   * @throws ServiceFlowError
   * @example
   * ```ts
   * const { effectiveScopes, expiresAt, user } = await sf.apiKeys.current();
   * ```
   */
  current(options?: CallOptions): ApiPromise<CurrentApiKey> {
    return this.#call(
      (server, context) => server.apiKeys.current.query(undefined, context),
      options,
    );
  }

  /**
   * Redeems a one-time code for a key of its name and scopes. The client needs no key of its own. Within a minute, a call
   * that failed can be repeated with the same `idempotencyKey`.
   * @param code `sfc_...`
   * @returns the key with its secret, `apiKey`
   * @throws ServiceFlowError `unauthenticated` for a wrong, used or expired code, `too_many_api_keys`
   * @example
   * ```ts
   * const { apiKey } = await new ServiceFlow({ baseUrl: "http://localhost:8000" }).apiKeys.redeem("sfc_...");
   * ```
   */
  redeem(code: string, options?: MutationOptions): ApiPromise<ApiKeyWithSecret> {
    const headers = { ...options?.headers, "x-one-time-code": code };
    return this.#call((server, context) => server.apiKeys.redeem.mutate(undefined, context), {
      ...options,
      headers,
    });
  }

  /**
   * Issues a key for another user. Administrators only.
   * @returns the key with its secret, `apiKey`
   * @throws ServiceFlowError `not_found`, `forbidden`, `insufficient_scope`, `validation_failed`, `too_many_api_keys`,
   * `secret_not_replayable`
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
      (server, context) => server.apiKeys.issueFor.mutate({ ...input, id: userId }, context),
      options,
    );
  }

  /**
   * Lists a user's keys, newest first. Administrators only.
   * @throws ServiceFlowError `not_found`, `forbidden`
   * @example
   * ```ts
   * const { items } = await sf.apiKeys.listOf("usr_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  listOf(userId: string, input: PageInput = {}, options?: CallOptions): PageIterable<ApiKey> {
    return paginate(input, options, (page, ofPage) =>
      this.#call(
        (server, context) => server.apiKeys.listOf.query({ ...page, id: userId }, context),
        ofPage,
      ),
    );
  }

  /**
   * Replaces a key with a new one of the same name and scopes. The old key stays valid for `overlapSeconds`: one day by
   * default; pass 0 if the key has leaked. The new key expires when the old one does, and no later than the key that
   * makes the call.
   * @returns the new key with its secret, `apiKey`
   * @throws ServiceFlowError `not_found`, `api_key_inactive`, `insufficient_scope`, `too_many_api_keys`,
   * `secret_not_replayable`
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
      (server, context) => server.apiKeys.rotate.mutate({ ...input, id }, context),
      options,
    );
  }

  /**
   * Revokes a key immediately. Revoking a revoked key has no effect. The last key with which an administrator can act
   * can only be rotated.
   * @throws ServiceFlowError `not_found`, `last_admin`
   * @example
   * ```ts
   * const { revokedAt } = await sf.apiKeys.revoke("key_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  revoke(id: string, options?: MutationOptions): ApiPromise<ApiKey> {
    return this.#call((server, context) => server.apiKeys.revoke.mutate({ id }, context), options);
  }

  /**
   * Revokes all your keys immediately, including the one that makes the call unless `keepCallingKey` is true. Has no
   * effect when there are none.
   * @returns how many keys it revoked
   * @throws ServiceFlowError `last_admin`
   * @example
   * ```ts
   * const { revoked } = await sf.apiKeys.revokeAll({ keepCallingKey: true });
   * ```
   */
  revokeAll(input: RevokeKeysInput = {}, options?: MutationOptions): ApiPromise<RevokedKeys> {
    return this.#call(
      (server, context) => server.apiKeys.revokeAll.mutate(input, context),
      options,
    );
  }

  /**
   * Revokes all keys of a user immediately. Administrators only.
   * @returns how many keys it revoked
   * @throws ServiceFlowError `not_found`, `forbidden`, `last_admin`
   * @example
   * ```ts
   * const { revoked } = await sf.apiKeys.revokeAllOf("usr_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  revokeAllOf(
    userId: string,
    input: RevokeKeysInput = {},
    options?: MutationOptions,
  ): ApiPromise<RevokedKeys> {
    return this.#call(
      (server, context) => server.apiKeys.revokeAllOf.mutate({ ...input, id: userId }, context),
      options,
    );
  }
}
