import {
  findCharacterFault,
  findEmailFault,
  findLengthFault,
  normalizeEmail,
  normalizeText,
  type TextRule,
} from "@serviceflow/domain";
import type { StandardTextSchema } from "./standard-schema.ts";

const MAX_EMAIL = 254;

/** Why the server refuses a text: the `code` and `detail` of its field in `ServiceFlowError.errors`. */
export interface TextProblem {
  /** A stable name: `too_short`, `too_long`, `control_character`, `no_visible_character`, `invalid_format`, ... */
  code: string;
  /** In words: "It must have 2 to 200 characters." */
  detail: string;
}

/**
 * The rules of a text, as the server applies them. It is a Standard Schema, too: pass it to any form library that takes one.
 * @example
 * ```ts
 * console.log(texts.title.max, texts.title.check("x")?.detail); // 200 "It must have 2 to 200 characters."
 * console.log(texts.email.normalize(" Ada@Example.COM ")); // ada@example.com
 * ```
 */
export interface TextSchema extends StandardTextSchema {
  /** Minimum number of characters; 0: it may be empty. */
  readonly min: number;
  /** Maximum number of characters. Characters are code points: `[...text].length`, not `text.length`. */
  readonly max: number;
  /** Whether it may have several lines. */
  readonly isMultiline: boolean;
  /** Why the server would refuse the text; null: it takes it. */
  check(text: string): TextProblem | null;
  /** The text as the server keeps it. */
  normalize(text: string): string;
}

/** The schema of a text under a rule of the domain. */
export function textSchema(rule: TextRule): TextSchema {
  const normalize = (text: string) => normalizeText(text, rule);
  return schema({
    min: rule.min,
    max: rule.max,
    isMultiline: rule.breaks === "kept",
    check: (text) => findCharacterFault(text, rule) ?? findLengthFault(normalize(text), rule),
    normalize,
  });
}

/** The schema of an email address. */
export function emailSchema(): TextSchema {
  const rules = { min: 1, max: MAX_EMAIL, isMultiline: false };
  return schema({ ...rules, check: findEmailFault, normalize: normalizeEmail });
}

function schema(rules: Omit<TextSchema, "~standard">): TextSchema {
  return {
    ...rules,
    "~standard": {
      version: 1,
      vendor: "serviceflow",
      validate(value) {
        if (typeof value !== "string") return { issues: [{ message: "It must be a text." }] };
        const problem = rules.check(value);
        if (problem) return { issues: [{ message: problem.detail }] };
        return { value: rules.normalize(value) };
      },
    },
  };
}
