import { type Category, createCategory, DomainError, updateCategory } from "@serviceflow/domain";
import {
  categoryPage,
  category as categorySchema,
  createCategoryInput,
  listCategoriesInput,
  updateCategoryInput,
} from "@serviceflow/domain/contract";
import { change } from "../commands/change.ts";
import { procedure, router } from "../procedure.ts";
import {
  type CategoryRow,
  insertCategory,
  listCategories,
  loadCategory,
  requireCategoryRow,
  requireSlug,
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

  create: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/categories",
        tags,
        summary: "Create a category",
        status: 201,
        answers: "versioned",
        errors: ["forbidden", "category_exists"],
      },
    })
    .input(createCategoryInput)
    .output(categorySchema)
    .mutation(({ ctx, input }) =>
      change(ctx, {
        input,
        load: loadCategory,
        values: { slug: input.slug },
        decide: (row: CategoryRow | null, now) => {
          const decision = createCategory(input, { caller: ctx.caller, now });
          if (row) throw new DomainError("category_exists", "There is a category of that slug.");
          return decision;
        },
        write: (next: Category) => insertCategory(next),
        answer: (next) => next,
      }),
    ),

  update: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "PATCH",
        path: "/categories/{id}",
        tags,
        summary: "Change a category, or retire it",
        description: "New requests cannot take an inactive category; those that have it keep it.",
        answers: "versioned",
        errors: ["forbidden"],
      },
    })
    .input(updateCategoryInput)
    .output(categorySchema)
    .mutation(({ ctx, input }) =>
      change(ctx, {
        input,
        load: loadCategory,
        values: { slug: requireSlug(input.id) },
        versionOf: (row: CategoryRow) => row.version,
        decide: (row) => updateCategory(requireCategoryRow(row), input, ctx),
        write: (next: Category) => updateCategoryRow(next),
        answer: (next) => next,
      }),
    ),
});
