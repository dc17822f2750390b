import { z } from "zod";
import { SCOPES } from "../rules/roles.ts";
import { KEY_NAME } from "../text/text.ts";
import {
  idOf,
  moment,
  page,
  paging,
  pathId,
  text,
  timestamp,
  userPathId,
  userRef,
} from "./fields.ts";

export const scope = z.enum(SCOPES).meta({
  id: "Scope",
  description: "A permission of an API key. `requests:write` and `admin` include `requests:read`.",
  example: "requests:read",
});

const apiKeyShape = {
  id: idOf("apiKey", "Id of the key; not the key itself."),
  name: z.string().meta({ description: "What the key is for.", example: "Laptop" }),
  prefix: z.string().meta({ description: "First characters of the key.", example: "sf_3kTv" }),
  lastFour: z.string().meta({ description: "Last four characters of the key.", example: "x9Qa" }),
  scopes: z.array(scope).meta({ description: "The scopes that the key was issued with." }),
  effectiveScopes: z.array(scope).meta({ description: "The scopes with all that they include." }),
  expiresAt: timestamp("Expiry; null: never.").nullable(),
  lastUsedAt: timestamp("Last use, to the minute; null: never.").nullable(),
  revokedAt: timestamp(
    "Time of revocation, which is in the future after a rotation; null: not revoked.",
  ).nullable(),
  createdAt: timestamp("When it was issued."),
};

export const apiKey = z
  .object(apiKeyShape)
  .meta({ id: "ApiKey", description: "An API key without its secret." });

export const callingKey = apiKey
  .pick({ id: true, name: true, scopes: true, effectiveScopes: true, expiresAt: true })
  .meta({ id: "CallingKey", description: "The API key of the call." });

export const currentApiKey = z
  .object({ ...apiKeyShape, user: userRef.meta({ description: "The user of the key." }) })
  .meta({ id: "CurrentApiKey", description: "The API key of the call, and its user." });

export const apiKeyWithSecret = z
  .object({
    ...apiKeyShape,
    apiKey: z.string().meta({ description: "The key itself, shown only once.", example: "sf_..." }),
  })
  .meta({ id: "ApiKeyWithSecret", description: "A new API key." });

export const apiKeyPage = page("ApiKeyPage", apiKey);

export const scopesOfNewKey = z.array(scope).min(1).max(SCOPES.length).meta({
  description: "Default the scopes of the calling key; at most those and what they include.",
});

export const issueKeyBody = z.strictObject({
  name: text(KEY_NAME, { description: "What the key is for.", example: "Laptop" }),
  scopes: scopesOfNewKey.optional(),
  expiresAt: moment(
    "Expiry: at the latest, and by default, when the calling key ends and when the maximum lifetime is over, if there is one.",
  ).optional(),
});
export const issueKeyForInput = issueKeyBody.extend({ id: userPathId });

export const listKeysInput = z.strictObject(paging);
export const listKeysOfInput = listKeysInput.extend({ id: userPathId });

export const revokeKeysBody = z.strictObject({
  keepCallingKey: z.boolean().optional().meta({
    description: "Whether the key or session that makes the call remains valid; default false.",
    example: true,
  }),
});
export const revokeKeysOfInput = revokeKeysBody.extend({ id: userPathId });

export const revokedKeys = z
  .object({
    revoked: z
      .int()
      .min(0)
      .meta({ description: "How many keys it revoked, and sessions it ended.", example: 3 }),
  })
  .meta({ id: "RevokedKeys", description: "The result of revoking every key of a user." });

const keyPathId = pathId("Id of the API key.", "key_01kjg3v9tefya8h8m6q1v0c3zd");

export const apiKeyById = z.strictObject({ id: keyPathId });

export const rotateKeyBody = z.strictObject({
  overlapSeconds: z.int().min(0).max(604_800).optional().meta({
    description: "How long the old key remains valid; default a day. 0 for a leaked key.",
    example: 0,
  }),
});
export const rotateKeyInput = rotateKeyBody.extend({ id: keyPathId });
