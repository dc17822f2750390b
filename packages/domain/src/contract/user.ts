import { z } from "zod";
import { ROLES, USER_KINDS } from "../rules/roles.ts";
import { FULL_NAME } from "../text/text.ts";
import { callingKey } from "./api-key.ts";
import {
  email,
  idOf,
  language,
  limit,
  oneOrMore,
  page,
  paging,
  text,
  timestamp,
  timeZone,
  userPathId,
  userRef,
  version,
} from "./fields.ts";

const role = z
  .enum(ROLES)
  .meta({ id: "Role", description: "The role of the user.", example: "EMPLOYEE" });
const kind = z
  .enum(USER_KINDS)
  .meta({ id: "UserKind", description: "BOT is a service account.", example: "HUMAN" });
const active = z.boolean().meta({ description: "Whether the user's keys work.", example: true });
const fullName = text(FULL_NAME, { description: "Name of the user.", example: "Demo Agent" });
const address = email("Email address, unique; trimmed, its domain in ASCII, in lower case.");

const locale = language(
  "The language to write to them in, a BCP 47 tag; null: not set.",
).nullable();
const zone = timeZone("Their time zone in the IANA database; null: not set.").nullable();

const userShape = {
  id: idOf("user", "Id of the user."),
  email: z.string().meta({ description: "Email address.", example: "agent@example.com" }),
  fullName: z.string().meta({ description: "Name of the user.", example: "Demo Agent" }),
  role,
  kind,
  active,
  locale: z
    .string()
    .nullable()
    .meta({ description: "The language to write to them in, a BCP 47 tag.", example: "de-AT" }),
  timeZone: z
    .string()
    .nullable()
    .meta({ description: "Their time zone in the IANA database.", example: "Europe/Berlin" }),
  erasedAt: timestamp("When name and address were erased; null: never.").nullable(),
  version,
  createdAt: timestamp("When the user was created."),
};

export const user = z
  .object(userShape)
  .meta({ id: "User", description: "A person or service account." });

export const currentUser = z
  .object({ ...userShape, callingKey })
  .meta({ id: "CurrentUser", description: "The user of the API key, and the key." });

export const userWithKey = z
  .object({
    ...userShape,
    apiKey: z.string().meta({
      description: "The first API key of the user, shown only once.",
      example: "sf_...",
    }),
  })
  .meta({ id: "UserWithKey", description: "A new user with their first API key." });

export const userPage = page("UserPage", user);

export const createUserInput = z.strictObject({
  fullName,
  email: address,
  role: role.optional().meta({ description: "Default EMPLOYEE." }),
  kind: kind.optional().meta({ description: "Default HUMAN." }),
  locale: locale.optional(),
  timeZone: zone.optional(),
});

export const userById = z.strictObject({ id: userPathId });

export const updateMeInput = z.strictObject({
  locale: locale.optional(),
  timeZone: zone.optional(),
});

export const updateUserBody = updateMeInput.extend({
  fullName: fullName.optional(),
  email: address.optional(),
  active: active.optional(),
});
export const updateUserInput = updateUserBody.extend({ id: userPathId });

export const changeRoleInput = z.strictObject({ id: userPathId, role });

export const listUsersInput = z.strictObject({
  role: role.optional().meta({ description: "Only users of this role." }),
  kind: kind.optional().meta({ description: "Only people, or only service accounts." }),
  active: active.optional().meta({ description: "Only active or only inactive ones." }),
  email: email("Exactly this address.").optional(),
  ...paging,
});

export const searchUsersInput = z.strictObject({
  q: text(
    { min: 1, max: 254, breaks: "folded" },
    {
      description:
        "The beginning of any word of the name, several of them, or a whole email address.",
      example: "ada lov",
    },
  ),
  role: oneOrMore(role, ROLES.length, {
    description: "Only users of any of these roles. For those who work on requests.",
    example: ["AGENT", "ADMIN"],
  }).optional(),
  limit: limit
    .optional()
    .meta({ description: "Maximum number of items; default 20.", example: 20 }),
});

const userMatch = userRef
  .extend({
    email: z.string().nullable().meta({
      description: "Null unless it is what was searched for.",
      example: "agent@example.com",
    }),
    role: role.nullable().meta({ description: "Null for those who may not view the user." }),
  })
  .meta({
    id: "UserMatch",
    description: "An active user, as those find them who may file for others.",
  });

export const userMatches = page("UserMatches", userMatch, "By name.");
