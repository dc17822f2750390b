import type {
  Category,
  CreateCategoryInput,
  ListCategoriesInput,
  UpdateCategoryInput,
} from "@serviceflow/domain";
import type { ApiPromise } from "../transport/api-promise.ts";
import type { CallOptions, MutationOptions, VersionedOptions } from "../transport/call-options.ts";
import type { Call } from "../transport/trpc.ts";
import { type PageIterable, paginate } from "./page.ts";

/** What kinds of request there are. */
export class Categories {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    this.#call = call;
  }

  /**
   * Lists categories by slug.
   * @throws ServiceFlowError
   * @example
   * ```ts
   * for await (const { slug, name } of sf.categories.list({ active: true })) console.log(slug, name);
   * ```
   */
  list(filter: ListCategoriesInput = {}, options?: CallOptions): PageIterable<Category> {
    return paginate(filter, (input) =>
      this.#call((server, sent) => server.categories.list.query(input, sent), options),
    );
  }

  /**
   * Creates a category; administrators only.
   * @throws ServiceFlowError `forbidden`, `category_exists`
   * @example
   * ```ts
   * await sf.categories.create({ slug: "travel", name: "Travel", description: "Tickets and visas." });
   * ```
   */
  create(input: CreateCategoryInput, options?: MutationOptions): ApiPromise<Category> {
    return this.#call((server, sent) => server.categories.create.mutate(input, sent), options);
  }

  /**
   * Renames, describes, retires or brings back a category; administrators only. Requests keep one that is retired.
   * @throws ServiceFlowError `not_found`, `forbidden`, `precondition_failed`
   * @example
   * ```ts
   * await sf.categories.update("travel", { active: false });
   * ```
   */
  update(
    slug: string,
    patch: UpdateCategoryInput,
    options?: VersionedOptions,
  ): ApiPromise<Category> {
    return this.#call(
      (server, sent) => server.categories.update.mutate({ ...patch, id: slug }, sent),
      options,
    );
  }
}
