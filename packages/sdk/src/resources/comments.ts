import type { Comment, CreateCommentInput } from "@serviceflow/domain";
import type { ApiPromise } from "../transport/api-promise.ts";
import type { CallOptions, MutationOptions } from "../transport/call-options.ts";
import type { Call } from "../transport/trpc.ts";
import { type PageInput, type PageIterable, paginate } from "./page.ts";

/** What is said about a request. */
export class Comments {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    this.#call = call;
  }

  /**
   * Comments on a request. An INTERNAL comment is for administrators and agents, who alone see it.
   * @throws ServiceFlowError `not_found`, `forbidden`
   * @example
   * ```ts
   * await sf.comments.create("SF-1042", { body: "The roller is worn.", visibility: "INTERNAL" });
   * ```
   */
  create(
    serviceRequestId: string,
    input: CreateCommentInput,
    options?: MutationOptions,
  ): ApiPromise<Comment> {
    return this.#call(
      (server, sent) => server.comments.create.mutate({ ...input, id: serviceRequestId }, sent),
      options,
    );
  }

  /**
   * Lists the comments on a request that you may see, newest first.
   * @throws ServiceFlowError `not_found`
   * @example
   * ```ts
   * for await (const { author, body } of sf.comments.list("SF-1042")) {
   *   console.log(`${author.fullName}: ${body}`);
   * }
   * ```
   */
  list(
    serviceRequestId: string,
    input: PageInput = {},
    options?: CallOptions,
  ): PageIterable<Comment> {
    return paginate(input, (page) =>
      this.#call(
        (server, sent) => server.comments.list.query({ ...page, id: serviceRequestId }, sent),
        options,
      ),
    );
  }
}
