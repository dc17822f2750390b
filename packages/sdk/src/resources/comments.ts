import type { Comment, CreateCommentInput } from "@serviceflow/domain";
import type { ApiPromise } from "../transport/api-promise.ts";
import type { CallOptions, MutationOptions } from "../transport/call-options.ts";
import type { Call } from "../transport/trpc.ts";
import { type PageInput, type PageIterable, paginate } from "./paginate.ts";

/** Comments on service requests. */
export class Comments {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    this.#call = call;
  }

  /**
   * Adds a comment to a request. Only administrators and agents can write and read INTERNAL comments.
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
      (server, context) =>
        server.comments.create.mutate({ ...input, id: serviceRequestId }, context),
      options,
    );
  }

  /**
   * Lists the comments on a request, newest first. Employees get PUBLIC comments only.
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
    return paginate(input, options, (page, ofPage) =>
      this.#call(
        (server, context) => server.comments.list.query({ ...page, id: serviceRequestId }, context),
        ofPage,
      ),
    );
  }
}
