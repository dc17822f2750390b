import type {
  Category,
  CreateCategoryInput,
  ListCategoriesInput,
  UpdateCategoryInput,
} from "@serviceflow/domain";
import type { ApiPromise } from "../transport/api-promise.ts";
import type { CallOptions, MutationOptions, VersionedOptions } from "../transport/call-options.ts";
import type { Call } from "../transport/trpc.ts";
import { type PageIterable, paginate } from "./paginate.ts";

/** Categories of service requests. */
export class Categories {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    this.#call = call;
  }

  /**
   * Lists categories, sorted by slug.
   * @throws ServiceFlowError
   * @example
   * ```ts
   * for await (const { slug, name } of sf.categories.list({ active: true })) console.log(slug, name);
   * ```
   */
  list(filter: ListCategoriesInput = {}, options?: CallOptions): PageIterable<Category> {
    return paginate(filter, options, (input, ofPage) =>
      this.#call((server, context) => server.categories.list.query(input, context), ofPage),
    );
  }

  /**
   * Creates a category, with names in other languages if it has any. Administrators only.
   * @throws ServiceFlowError `forbidden`, `category_exists`
   * @example
   * ```ts
   * const travel = await sf.categories.create({
   *   slug: "travel",
   *   name: "Travel",
   *   names: { fr: "Voyages", ru: "Командировки" },
   * });
   * console.log(categoryName(travel, "fr-CA")); // Voyages
   * ```
   */
  create(input: CreateCategoryInput, options?: MutationOptions): ApiPromise<Category> {
    return this.#call(
      (server, context) => server.categories.create.mutate(input, context),
      options,
    );
  }

  /**
   * Updates a category; omitted fields stay unchanged. Existing requests keep an inactive category. The server's default
   * category cannot be made inactive. Administrators only.
   * @throws ServiceFlowError `not_found`, `forbidden`, `category_is_default`, `precondition_failed`
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
      (server, context) => server.categories.update.mutate({ ...patch, id: slug }, context),
      options,
    );
  }
}
