import { z } from "zod";
import { SCOPES } from "../rules/roles.ts";
import { KEY_NAME } from "../text/text.ts";
import { idOf, moment, page, paging, pathId, text, timestamp, userPathId } from "./fields.ts";

const scope = z.enum(SCOPES).meta({
  id: "Scope",
  description: "Something that a key may be used for.",
  example: "requests:read",
});

const apiKeyShape = {
  id: idOf("apiKey", "Id of the key; not the key itself."),
  name: z.string().meta({ description: "What the key is for.", example: "Laptop" }),
  prefix: z.string().meta({ description: "How the key begins.", example: "sf_3kTv" }),
  lastFour: z.string().meta({ description: "How the key ends.", example: "x9Qa" }),
  scopes: z.array(scope).meta({ description: "What the key may be used for." }),
  expiresAt: timestamp("When it stops working; null is never.").nullable(),
  lastUsedAt: timestamp("When it was last used, to the minute; null is not yet.").nullable(),
  revokedAt: timestamp(
    "From when on it is refused, which can lie ahead after a rotation; null is not revoked.",
  ).nullable(),
  createdAt: timestamp("When it was issued."),
};

export const apiKey = z
  .object(apiKeyShape)
  .meta({ id: "ApiKey", description: "An API key as it is shown: never the key itself." });

export const apiKeyWithSecret = z
  .object({
    ...apiKeyShape,
    apiKey: z.string().meta({ description: "The key itself, shown this once.", example: "sf_..." }),
  })
  .meta({ id: "ApiKeyWithSecret", description: "A new API key." });

export const apiKeyPage = page("ApiKeyPage", apiKey);

export const issueKeyBody = z.strictObject({
  name: text(KEY_NAME, { description: "What the key is for.", example: "Laptop" }),
  scopes: z
    .array(scope)
    .min(1)
    .max(SCOPES.length)
    .optional()
    .meta({ description: "Those of the key that asks when left out; never more than those." }),
  expiresAt: moment("When it stops working; never when left out.").optional(),
});
export const issueKeyForInput = issueKeyBody.extend({ id: userPathId });

export const listKeysInput = z.strictObject(paging);
export const listKeysOfInput = listKeysInput.extend({ id: userPathId });

const keyPathId = pathId("The key's id.", "key_01kjg3v9tefya8h8m6q1v0c3zd");

export const apiKeyById = z.strictObject({ id: keyPathId });

export const rotateKeyBody = z.strictObject({
  overlapSeconds: z.int().min(0).max(604_800).optional().meta({
    description: "How long the old key still works; a day when left out, 0 for a leaked key.",
    example: 0,
  }),
});
export const rotateKeyInput = rotateKeyBody.extend({ id: keyPathId });
