import { z } from "zod";
import type { FieldError } from "../error.ts";
import { nearestName } from "../text/nearest.ts";

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
  return withoutLengthsOfOthers(issues).flatMap(fromIssue).slice(0, MAX_ERRORS);
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

function fromIssue(issue: Issue): FieldError[] {
  const pointer = toPointer(issue.path);
  if (issue.message === REQUIRED) return [{ pointer, code: "required", detail: REQUIRED }];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        pointer: toPointer([...issue.path, key]),
        code: "unknown_field",
        detail: unknownDetail(key, (issue as KnownNames).known ?? []),
      }));
    case "invalid_type":
      return [{ pointer, code: "invalid_type", detail: `It must be ${nameOf(issue.expected)}.` }];
    case "invalid_value":
      return [{ pointer, code: "invalid_value", detail: `It takes ${oneOf(issue.values)}.` }];
    case "invalid_union":
      return fromUnion(issue, pointer);
    case "invalid_key":
      return issue.issues.flatMap((inner) =>
        fromIssue(inner).map((error) => ({ ...error, pointer })),
      );
    case "too_small":
      return [{ pointer, ...outOfBounds(issue.origin, "small", "at least", issue.minimum) }];
    case "too_big":
      return [{ pointer, ...outOfBounds(issue.origin, "big", "at most", issue.maximum) }];
    case "invalid_format":
      return [{ pointer, code: "invalid_format", detail: issue.message }];
    case "custom":
      return [{ pointer, code: String(issue.params?.rule ?? "invalid"), detail: issue.message }];
    default:
      return [{ pointer, code: issue.code, detail: issue.message }];
  }
}

function unknownDetail(key: string, known: readonly string[]): string {
  const nearest = nearestName(key, known);
  return nearest === null ? "Unknown field." : `Unknown field. Did you mean ${nearest}?`;
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

function oneOf(values: readonly unknown[]): string {
  const words = values.map(String);
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function outOfBounds(
  origin: string,
  side: "small" | "big",
  bound: "at least" | "at most",
  limit: number | bigint,
) {
  const plural = limit === 1 ? "" : "s";
  switch (origin) {
    case "string":
      return {
        code: side === "small" ? "too_short" : "too_long",
        detail: `It must have ${bound} ${limit} character${plural}.`,
      };
    case "array":
      return { code: `too_${side}`, detail: `It must have ${bound} ${limit} item${plural}.` };
    default:
      return { code: `too_${side}`, detail: `It must be ${bound} ${limit}.` };
  }
}

/** Nobody who gives one value wants to read that it is not a list of them. */
function fromUnion(
  issue: Extract<Issue, { code: "invalid_union" }>,
  pointer: string,
): FieldError[] {
  const branches = issue.errors.map((branch) => withoutLengthsOfOthers(branch));
  const isNoList = (branch: readonly Issue[]) =>
    branch.every((each) => each.code === "invalid_type" && each.expected === "array");
  const wrong = branches.filter((branch) => !isNoList(branch));
  const inList = wrong.find((branch) => branch.some(({ path }) => path.length > 0));
  // A list was given: what is wrong with it says more than that it is not a single value.
  if (inList) {
    return inList.flatMap(fromIssue).map((each) => ({ ...each, pointer: pointer + each.pointer }));
  }
  const details = wrong.flatMap((branch) => branch.flatMap(fromIssue)).map(({ detail }) => detail);
  // An id's rule names the words that can stand for one.
  const isNamed = (detail: string) =>
    details.some(
      (other) => other !== detail && other.includes(", or ") && detail.startsWith("It takes"),
    );
  const distinct = [...new Set(details)].filter((detail) => !isNamed(detail));
  return [{ pointer, code: "invalid_value", detail: distinct.join(" Or: ") }];
}

/** A JSON Pointer to a field of an input. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path
    .map((key) => `/${String(key).slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
