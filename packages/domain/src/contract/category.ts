import { z } from "zod";
import { CATEGORY_DESCRIPTION, CATEGORY_NAME } from "../text/text.ts";
import { byLanguage, page, paging, pathId, pattern, text, timestamp, version } from "./fields.ts";

export const slug = pattern(
  "slug",
  /^[a-z0-9]+(?:-[a-z0-9]+)*$/,
  "It must be lower-case letters and digits, with single hyphens between them.",
)
  .max(50)
  .meta({ description: "Slug of a category.", example: "it" });

const name = text(CATEGORY_NAME, { description: "Name of the category.", example: "IT support" });
const MAX_NAMES = 50;
const names = byLanguage(
  text(CATEGORY_NAME, { description: "Name of the category.", example: "Service informatique" }),
)
  .refine((given) => Object.keys(given).length <= MAX_NAMES, {
    params: { rule: "too_big", given: { maxItems: MAX_NAMES } },
    error: `It must have at most ${MAX_NAMES} languages.`,
  })
  .meta({
    description: "Names in other languages, by BCP 47 tag. Replaces all of them.",
    example: { fr: "Service informatique" },
  });
const description = text(CATEGORY_DESCRIPTION, {
  description: "Which requests belong in it; may be empty.",
  example: "Computers, accounts, printers.",
});
const active = z.boolean().meta({ description: "Whether new requests can use it.", example: true });

const translated = z
  .string()
  .meta({ description: "Name of the category.", example: "Service informatique" });

export const category = z
  .object({
    slug: z.string().meta({ description: "Permanent id of the category.", example: "it" }),
    name: z.string().meta({ description: "Name of the category.", example: "IT support" }),
    names: z.record(z.string(), translated).meta({
      description: "Names in other languages, by BCP 47 tag; `name` is for all others.",
      example: { fr: "Service informatique" },
    }),
    description: z.string().meta({ description: "Which requests belong in it.", example: "" }),
    active,
    version,
    createdAt: timestamp("When it was created."),
  })
  .meta({ id: "Category", description: "A category of requests." });

export const categoryPage = page("CategoryPage", category, "Ordered by slug.");

export const createCategoryInput = z.strictObject({
  slug,
  name,
  names: names.optional(),
  description: description.optional(),
});

export const updateCategoryBody = z.strictObject({
  name: name.optional(),
  names: names.optional(),
  description: description.optional(),
  active: active.optional(),
});
export const updateCategoryInput = updateCategoryBody.extend({
  id: pathId("Slug of the category.", "it"),
});

export const listCategoriesInput = z.strictObject({
  active: active.optional().meta({ description: "Only active or only inactive ones." }),
  ...paging,
});
