import { z } from "zod";
import type { FieldRule, RuleParams } from "../error.ts";
import { findEmailFault, normalizeEmail } from "../text/email.ts";
import { findCharacterFault, findLengthFault } from "../text/faults.ts";
import {
  findLocaleFault,
  findTimeZoneFault,
  normalizeLocale,
  normalizeTimeZone,
} from "../text/locale.ts";
import { normalizeText } from "../text/normalize.ts";
import { ID_PREFIX, type IdKind } from "../text/public-id.ts";
import type { TextRule } from "../text/text.ts";

interface FieldMeta {
  description: string;
  example: unknown;
}

/** Human text under a rule of `text.ts`: normalised, and counted in characters. */
export function text(rule: TextRule, meta: FieldMeta) {
  return z
    .string()
    .check(refusing((value) => findCharacterFault(value, rule)))
    .overwrite((value) => normalizeText(value, rule))
    .check(refusing((value) => findLengthFault(value, rule)))
    .meta({ minLength: rule.min, maxLength: rule.max, ...meta });
}

/** An email address: trimmed, its domain in ASCII, in lower case. */
export function email(description: string) {
  return z
    .string()
    .check(refusing(findEmailFault))
    .overwrite(normalizeEmail)
    .meta({ format: "email", maxLength: 254, description, example: "agent@example.com" });
}

/** A language tag, in its canonical form. */
export function language(description: string) {
  return z
    .string()
    .check(refusing(findLocaleFault))
    .overwrite(normalizeLocale)
    .meta({ maxLength: 100, description, example: "de-AT" });
}

/** A time zone by its name in the IANA database. */
export function timeZone(description: string) {
  return z
    .string()
    .check(refusing(findTimeZoneFault))
    .overwrite(normalizeTimeZone)
    .meta({ maxLength: 100, description, example: "Europe/Berlin" });
}

/** A value for each of several languages, by their tags in canonical form. Two tags of one language are refused. */
export function byLanguage<Value extends z.ZodType>(value: Value) {
  const tag = z
    .string()
    .check(refusing(findLocaleFault))
    .meta({ maxLength: 100, description: "A BCP 47 tag." });
  return z
    .record(tag, value)
    .check(({ value: given, issues }) => {
      const seen = new Map<string, string>();
      for (const tag of Object.keys(given)) {
        const before = seen.get(normalizeLocale(tag));
        seen.set(normalizeLocale(tag), tag);
        if (before === undefined) continue;
        issues.push({
          code: "custom",
          input: given,
          path: [tag],
          params: { rule: "duplicate", given: { of: before } },
          message: `It is the same language as ${before}.`,
        });
      }
    })
    .overwrite(
      (given) =>
        Object.fromEntries(
          Object.entries(given).map(([tag, each]) => [normalizeLocale(tag), each]),
        ) as typeof given,
    );
}

/** A check of a field by a rule of the domain. */
function refusing(
  find: (value: string) => { code: FieldRule; detail: string; params?: RuleParams } | null,
) {
  return (payload: z.core.ParsePayload<string>): void => {
    const fault = find(payload.value);
    if (fault === null) return;
    payload.issues.push({
      code: "custom",
      input: payload.value,
      params: { rule: fault.code, given: fault.params },
      message: fault.detail,
    });
  };
}

/** A timestamp in an input: any ISO 8601 offset, normalized to UTC with milliseconds. */
export function moment(description: string) {
  return z.iso
    .datetime({
      offset: true,
      abort: true,
      error: (issue) =>
        issue.input === undefined
          ? undefined
          : "It must be a date and time with Z or an offset, such as 2026-03-02T08:00:00Z.",
    })
    .overwrite((value) => {
      const time = Date.parse(value);
      return Number.isNaN(time) ? value : new Date(time).toISOString();
    })
    .refine((value) => /^(?!0000)\d{4}-/.test(value), {
      params: { rule: "out_of_range" },
      error: "It must be in the years 0001 to 9999, in UTC.",
    })
    .meta({ description, example: "2026-03-02T08:00:00.000Z" });
}

/** A timestamp in a response: ISO 8601 in UTC. */
export function timestamp(description: string) {
  return z.iso.datetime().meta({ description, example: "2026-03-02T08:15:30.123Z" });
}

/** A filter that takes one value or several; any of them matches. In a query a single value is a list of one. */
export function oneOrMore<Item extends z.ZodType>(
  item: Item,
  max: number,
  meta: { description: string; example: readonly unknown[] },
) {
  const several = z.array(item).min(1).max(max);
  return z.union([item, several]).meta({ ...meta, override: onlyLast });
}

function onlyLast({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const { anyOf } = jsonSchema;
  delete jsonSchema.anyOf;
  Object.assign(jsonSchema, anyOf?.at(-1));
}

const EXAMPLE_TAIL = "01kjg3v9tefya8h8m6q1v0c3zd";
/** The user of the examples: the agent of the demo. */
export const EXAMPLE_USER_ID = `usr_${EXAMPLE_TAIL}`;

const FORMATS = new Map<string, string>();

/** Text of a pattern. A refusal names the format. */
export function pattern(format: string, regex: RegExp, error: string) {
  FORMATS.set(String(regex), format);
  return z.string().regex(regex, { error });
}

/** The format that a pattern stands for. */
export function formatOf(regex: string): string | undefined {
  return FORMATS.get(regex);
}

/** A public id inside a body or a query. */
export function publicId(kind: IdKind, description: string, orElse = "") {
  return pattern(
    `${ID_PREFIX[kind]}_`,
    new RegExp(`^${ID_PREFIX[kind]}_[0-7][0-9a-hjkmnp-tv-z]{25}$`),
    `It must be an id that begins with ${ID_PREFIX[kind]}_${orElse}.`,
  ).meta({ description, example: `${ID_PREFIX[kind]}_${EXAMPLE_TAIL}` });
}

/** A user in a filter: an id, or one of these words. */
export function userOr(words: readonly string[], description: string) {
  const orElse = words.map((word) => `, or ${word}`).join("");
  const userId = publicId("user", "The user's id.", orElse);
  return z.union([z.enum(words as [string, ...string[]]), userId]).meta({
    description,
    example: "me",
  });
}

/** How many values of categories and of people a filter takes. */
export const MAX_VALUES = 20;

/** An id in a response. */
export function idOf(kind: IdKind, description: string) {
  return z.string().meta({ description, example: `${ID_PREFIX[kind]}_${EXAMPLE_TAIL}` });
}

/** The id of the resource that a call addresses. A malformed one is answered 404, not 422. */
export function pathId(description: string, example: string) {
  return z.string().meta({ description, example });
}

// A parameter with an id is written once in the OpenAPI document, and every operation that takes it refers to it.
export const requestPathId = pathId("The request's id.", "SF-1031").meta({
  param: { id: "ServiceRequestId" },
});
export const userPathId = pathId("The user's id.", `usr_${EXAMPLE_TAIL}`).meta({
  param: { id: "UserId" },
});

export const version = z
  .int()
  .meta({ description: "Increases by one with each change; the ETag begins with it.", example: 3 });

const cursor = z.string().max(200);
export const limit = z.int().min(1).max(100);

/** The paging parameters of every list. */
export const paging = {
  cursor: cursor.optional().meta({
    description: "`nextCursor` of the previous page; default: the first page.",
    example: "AZzgPbp0fnqKhFCGBt0Pnw",
    param: { id: "Cursor" },
  }),
  limit: limit.optional().meta({
    description: "Maximum number of items; default 20.",
    example: 20,
    param: { id: "Limit" },
  }),
};

const EXAMPLE_CURSOR = "AAAAAAAABBKfhtCBiExlnQ";

/** A feed cursor in an input. */
export function feedCursor(description: string) {
  return z
    .string()
    .max(100)
    .regex(/^[\w-]+$/, { error: "It must be a cursor of an event, `start` or `now`." })
    .meta({ description, example: EXAMPLE_CURSOR });
}

/** A feed cursor in a response. */
export function cursorOf(description: string) {
  return z.string().meta({ description, example: EXAMPLE_CURSOR });
}

/** One page of a list. */
export function page<Item extends z.ZodType>(id: string, item: Item, order = "Newest first.") {
  return z
    .object({
      items: z.array(item).meta({ description: order }),
      nextCursor: z.string().nullable().meta({
        description: "Pass it as `cursor` for the next page; null on the last page.",
        example: null,
      }),
    })
    .meta({ id, description: "One page of a list." });
}

export const userRef = z
  .object({
    id: idOf("user", "Id of the user."),
    fullName: z.string().meta({ description: "Name of the user.", example: "Demo Agent" }),
  })
  .meta({ id: "UserRef", description: "The public part of a user." });
