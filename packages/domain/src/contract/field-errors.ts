import { z } from "zod";
import { FIELD_RULES, type FieldError, type FieldRule, type RuleParams } from "../error.ts";
import { nearestName } from "../text/nearest.ts";
import { formatOf } from "./fields.ts";

type Issue = z.core.$ZodIssue;

const MAX_ERRORS = 20;
const REQUIRED = "It is required.";

interface KnownNames {
  /** The fields that there are, with an unknown one. */
  known?: readonly string[];
}

// Only here does zod show the input, by which a missing value can be distinguished from a wrong one, and the schema.
z.config({
  customError(issue) {
    if (issue.code === "unrecognized_keys" && issue.inst instanceof z.ZodObject) {
      (issue as KnownNames).known = Object.keys(issue.inst.shape);
    }
    return issue.input === undefined ? REQUIRED : undefined;
  },
});

/** zod's issues as the field errors of a problem document. */
export function toFieldErrors(issues: readonly Issue[]): FieldError[] {
  return withoutSafeBounds(withoutLengthsOfOthers(issues)).flatMap(fromIssue).slice(0, MAX_ERRORS);
}

/** zod also counts the characters of a text where a list is due. */
function withoutLengthsOfOthers(issues: readonly Issue[]): readonly Issue[] {
  const isOther = ({ code, path }: Issue) =>
    (code === "too_big" || code === "too_small") &&
    issues.some(
      (other) => other.code === "invalid_type" && toPointer(other.path) === toPointer(path),
    );
  return issues.filter((issue) => !isOther(issue));
}

/** Beyond the safe integers zod names their bound too, before the field's own. */
function withoutSafeBounds(issues: readonly Issue[]): readonly Issue[] {
  const isBeside = (issue: Issue) =>
    (issue.code === "too_big" || issue.code === "too_small") &&
    issue.origin === "int" &&
    issues.some(
      (other) =>
        other !== issue &&
        other.code === issue.code &&
        toPointer(other.path) === toPointer(issue.path),
    );
  return issues.filter((issue) => !isBeside(issue));
}

/** A fault whose rule is one of the catalogue. */
type Fault = FieldError & { code: FieldRule };

function fault(pointer: string, code: FieldRule, detail: string, params?: RuleParams): Fault {
  return { pointer, code, detail, ...(params && { params }) };
}

const RULES: ReadonlySet<unknown> = new Set(FIELD_RULES);

function isRule(rule: unknown): rule is FieldRule {
  return RULES.has(rule);
}

function fromIssue(issue: Issue): Fault[] {
  const pointer = toPointer(issue.path);
  if (issue.message === REQUIRED) return [fault(pointer, "required", REQUIRED)];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) =>
        unknownField(toPointer([...issue.path, key]), key, (issue as KnownNames).known ?? []),
      );
    case "invalid_type":
      return [
        fault(pointer, "invalid_type", `It must be ${nameOf(issue.expected)}.`, {
          expected: issue.expected,
        }),
      ];
    case "invalid_value": {
      const values = issue.values.map(String);
      return [fault(pointer, "invalid_value", `It takes ${oneOf(values)}.`, { values })];
    }
    case "invalid_union":
      return fromUnion(issue, pointer);
    case "invalid_key":
      return issue.issues.flatMap((inner) =>
        fromIssue(inner).map((error) => ({ ...error, pointer })),
      );
    case "too_small":
      return [outOfBounds(pointer, issue.origin, "small", issue.minimum)];
    case "too_big":
      return [outOfBounds(pointer, issue.origin, "big", issue.maximum)];
    case "invalid_format": {
      const format = formatOf(issue.pattern ?? "") ?? issue.format;
      return [fault(pointer, "invalid_format", issue.message, { format })];
    }
    case "custom": {
      const { rule, given } = issue.params ?? {};
      const params = given as RuleParams | undefined;
      return [fault(pointer, isRule(rule) ? rule : "invalid", issue.message, params)];
    }
    default:
      return [fault(pointer, "invalid", issue.message)];
  }
}

function unknownField(pointer: string, key: string, known: readonly string[]): Fault {
  const nearest = nearestName(key, known);
  return nearest === null
    ? fault(pointer, "unknown_field", "Unknown field.")
    : fault(pointer, "unknown_field", `Unknown field. Did you mean ${nearest}?`, { nearest });
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function nameOf(type: string): string {
  return TYPES[type] ?? type;
}

function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function outOfBounds(
  pointer: string,
  origin: string,
  side: "small" | "big",
  limit: number | bigint,
): Fault {
  const isSmall = side === "small";
  const bound = `${isSmall ? "at least" : "at most"} ${limit}`;
  const end = isSmall ? "min" : "max";
  const plural = limit === 1 ? "" : "s";
  switch (origin) {
    case "string":
      return fault(
        pointer,
        isSmall ? "too_short" : "too_long",
        `It must have ${bound} character${plural}.`,
        { [end]: Number(limit) },
      );
    case "array":
      return fault(pointer, `too_${side}`, `It must have ${bound} item${plural}.`, {
        [`${end}Items`]: Number(limit),
      });
    default:
      return fault(pointer, `too_${side}`, `It must be ${bound}.`, { [end]: Number(limit) });
  }
}

/** Nobody who gives one value wants to read that it is not a list of them. */
function fromUnion(issue: Extract<Issue, { code: "invalid_union" }>, pointer: string): Fault[] {
  const branches = issue.errors.map((branch) => withoutLengthsOfOthers(branch));
  const isNoList = (branch: readonly Issue[]) =>
    branch.every((each) => each.code === "invalid_type" && each.expected === "array");
  const wrong = branches.filter((branch) => !isNoList(branch));
  const inList = wrong.find((branch) => branch.some(({ path }) => path.length > 0));
  // A list was given: what is wrong with it says more than that it is not a single value.
  if (inList) {
    return inList.flatMap(fromIssue).map((each) => ({ ...each, pointer: pointer + each.pointer }));
  }
  const faults = wrong.flatMap((branch) => branch.flatMap(fromIssue));
  const details = faults.map(({ detail }) => detail);
  // An id's rule names the words that can stand for one.
  const isNamed = (detail: string) =>
    details.some(
      (other) => other !== detail && other.includes(", or ") && detail.startsWith("It takes"),
    );
  const distinct = [...new Set(details)].filter((detail) => !isNamed(detail));
  // Of several rules none is the one that was broken.
  const params = distinct.length === 1 ? paramsOf(faults, distinct[0]) : undefined;
  return [fault(pointer, "invalid_value", distinct.join(" Or: "), params)];
}

function paramsOf(faults: readonly Fault[], detail: string | undefined): RuleParams | undefined {
  return faults.find((each) => each.detail === detail)?.params;
}

/** A JSON Pointer to a field of an input. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path
    .map((key) => `/${String(key).slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
