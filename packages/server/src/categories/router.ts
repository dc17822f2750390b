import {
  CATEGORY_DEFAULTS,
  createCategory,
  DomainError,
  updateCategory,
} from "@serviceflow/domain";
import {
  categoryPage,
  category as categorySchema,
  createCategoryInput,
  listCategoriesInput,
  updateCategoryInput,
} from "@serviceflow/domain/contract";
import { execute } from "../commands/command.ts";
import { defaultsOf } from "../commands/defaults.ts";
import { command, procedure, router } from "../procedure.ts";
import {
  insertCategory,
  listCategories,
  loadCategory,
  loadSlug,
  toCategory,
  updateCategoryRow,
} from "./store.ts";

const tags: [string] = ["Categories"];

export const categoriesRouter = router({
  list: procedure
    .meta({
      scope: null,
      openapi: {
        method: "GET",
        path: "/categories",
        tags,
        summary: "List categories by slug",
        answers: "page",
      },
    })
    .input(listCategoriesInput)
    .output(categoryPage)
    .query(({ ctx, input }) => listCategories(ctx.db, input)),

  create: command
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/categories",
        tags,
        example: {
          slug: "legal",
          name: "Legal",
          names: { fr: "Service juridique" },
          description: "Contracts, data protection.",
        },
        summary: "Create a category",
        status: 201,
        answers: "versioned",
        errors: ["forbidden", "category_exists"],
      },
    })
    .input(createCategoryInput)
    .output(categorySchema)
    .mutation(({ ctx, input }) =>
      execute(ctx, {
        input,
        defaults: defaultsOf(createCategoryInput, CATEGORY_DEFAULTS),
        load: loadSlug({ slug: input.slug }),
        decide: ({ isTaken }, by) => {
          const decision = createCategory(input, by);
          if (isTaken) {
            throw new DomainError("category_exists", "Another category has that slug.");
          }
          return decision;
        },
        write: insertCategory,
        answer: (next) => next,
      }),
    ),

  update: command
    .meta({
      scope: "admin",
      openapi: {
        method: "PATCH",
        path: "/categories/{id}",
        tags,
        example: { description: "Computers, accounts, printers." },
        summary: "Update a category, or retire it",
        description:
          "New requests cannot use an inactive category; existing ones keep it. The default category cannot be retired.",
        answers: "versioned",
        errors: ["forbidden", "category_is_default"],
      },
    })
    .input(updateCategoryInput)
    .output(categorySchema)
    .mutation(({ ctx, input }) =>
      execute(ctx, {
        input,
        load: loadCategory(input.id),
        versionOf: (row) => row.version,
        decide: (row, { caller }) =>
          updateCategory(toCategory(row), input, { caller, defaultCategory: ctx.defaultCategory }),
        write: updateCategoryRow,
        answer: (next) => next,
      }),
    ),
});
