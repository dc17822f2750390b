import { z } from "zod";
import { CATEGORY_DESCRIPTION, CATEGORY_NAME } from "../text/text.ts";
import { page, paging, pathId, text, timestamp, version } from "./fields.ts";

export const slug = z
  .string()
  .max(50)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, {
    error: "It must be lower case letters and digits, in parts joined by single hyphens.",
  })
  .meta({ description: "Slug of a category.", example: "it" });

const name = text(CATEGORY_NAME, { description: "Name of the category.", example: "IT support" });
const description = text(CATEGORY_DESCRIPTION, {
  description: "What belongs in it; may be empty.",
  example: "Computers, accounts, printers.",
});
const active = z
  .boolean()
  .meta({ description: "Whether new requests can take it.", example: true });

export const category = z
  .object({
    slug: z.string().meta({ description: "Its lasting short name.", example: "it" }),
    name: z.string().meta({ description: "Its name.", example: "IT support" }),
    description: z.string().meta({ description: "What belongs in it.", example: "" }),
    active,
    version,
    createdAt: timestamp("When it was created."),
  })
  .meta({ id: "Category", description: "A kind of request." });

export const categoryPage = page("CategoryPage", category, "In the order of their slugs.");

export const createCategoryInput = z.strictObject({
  slug,
  name,
  description: description.optional(),
});

export const updateCategoryBody = z.strictObject({
  name: name.optional(),
  description: description.optional(),
  active: active.optional(),
});
export const updateCategoryInput = updateCategoryBody.extend({
  id: pathId("The category's slug.", "it"),
});

export const listCategoriesInput = z.strictObject({
  active: active.optional().meta({ description: "Only active or only inactive ones." }),
  ...paging,
});
