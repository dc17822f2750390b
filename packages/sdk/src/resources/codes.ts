import type { IssueCodeInput, OneTimeCode, OneTimeCodeWithSecret } from "@serviceflow/domain";
import type { ApiPromise } from "../transport/api-promise.ts";
import type { CallOptions, MutationOptions } from "../transport/call-options.ts";
import type { Call } from "../transport/trpc.ts";
import { type PageInput, type PageIterable, paginate } from "./paginate.ts";

/** One-time codes, which are redeemed for a session or an API key. A code is returned only once, when it is issued. */
export class Codes {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    this.#call = call;
  }

  /**
   * Issues a code for yourself, to sign in elsewhere or to link a program. It is valid for 10 minutes.
   * @returns the code with its secret, `code`
   * @throws ServiceFlowError `insufficient_scope`, `secret_not_replayable`
   * @example
   * ```ts
   * const { code } = await sf.codes.issue({ purpose: "API_KEY", name: "Telegram" });
   * ```
   */
  issue(input: IssueCodeInput, options?: MutationOptions): ApiPromise<OneTimeCodeWithSecret> {
    return this.#call((server, context) => server.codes.issue.mutate(input, context), options);
  }

  /**
   * Invites another user. The code is valid for 72 hours. Administrators only.
   * @returns the code with its secret, `code`
   * @throws ServiceFlowError `not_found`, `forbidden`, `user_erased`, `insufficient_scope`, `secret_not_replayable`
   * @example
   * ```ts
   * const { code } = await sf.codes.issueFor("usr_01kjg3v9tefya8h8m6q1v0c3zd", { purpose: "SESSION" });
   * ```
   */
  issueFor(
    userId: string,
    input: IssueCodeInput,
    options?: MutationOptions,
  ): ApiPromise<OneTimeCodeWithSecret> {
    return this.#call(
      (server, context) => server.codes.issueFor.mutate({ ...input, id: userId }, context),
      options,
    );
  }

  /**
   * Lists your outstanding codes, newest first.
   * @throws ServiceFlowError
   * @example
   * ```ts
   * for await (const { id, name, expiresAt } of sf.codes.list()) console.log(id, name, expiresAt);
   * ```
   */
  list(input: PageInput = {}, options?: CallOptions): PageIterable<OneTimeCode> {
    return paginate(input, options, (page, ofPage) =>
      this.#call((server, context) => server.codes.list.query(page, context), ofPage),
    );
  }

  /**
   * Lists a user's outstanding codes, newest first. Administrators only.
   * @throws ServiceFlowError `not_found`, `forbidden`
   * @example
   * ```ts
   * const { items } = await sf.codes.listOf("usr_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  listOf(userId: string, input: PageInput = {}, options?: CallOptions): PageIterable<OneTimeCode> {
    return paginate(input, options, (page, ofPage) =>
      this.#call(
        (server, context) => server.codes.listOf.query({ ...page, id: userId }, context),
        ofPage,
      ),
    );
  }

  /**
   * Revokes a code immediately.
   * @throws ServiceFlowError `not_found`, also for a code that was used or has expired
   * @example
   * ```ts
   * await sf.codes.revoke("cod_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  revoke(id: string, options?: MutationOptions): ApiPromise<OneTimeCode> {
    return this.#call((server, context) => server.codes.revoke.mutate({ id }, context), options);
  }
}
