import { z } from "zod";
import type { FieldError } from "../error.ts";

type Issue = z.core.$ZodIssue;

const MAX_ERRORS = 20;
const REQUIRED = "It is required.";

// An issue carries no input: only here can a missing value be distinguished from a wrong one.
z.config({ customError: (issue) => (issue.input === undefined ? REQUIRED : undefined) });

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
        detail: "Unknown field.",
      }));
    case "invalid_type":
      return [{ pointer, code: "invalid_type", detail: `It must be of type ${issue.expected}.` }];
    case "invalid_value":
      return [
        { pointer, code: "invalid_value", detail: `It must be one of ${issue.values.join(", ")}.` },
      ];
    case "invalid_union":
      return [{ pointer, code: "invalid_value", detail: unionDetail(issue) }];
    case "invalid_key":
      return issue.issues.flatMap((inner) =>
        fromIssue(inner).map((error) => ({ ...error, pointer })),
      );
    case "too_small":
      return [{ pointer, ...outOfBounds(issue.origin, "small", `at least ${issue.minimum}`) }];
    case "too_big":
      return [{ pointer, ...outOfBounds(issue.origin, "big", `at most ${issue.maximum}`) }];
    case "invalid_format":
      return [{ pointer, code: "invalid_format", detail: issue.message }];
    case "custom":
      return [{ pointer, code: String(issue.params?.rule ?? "invalid"), detail: issue.message }];
    default:
      return [{ pointer, code: issue.code, detail: issue.message }];
  }
}

function outOfBounds(origin: string, side: "small" | "big", bound: string) {
  switch (origin) {
    case "string":
      return {
        code: side === "small" ? "too_short" : "too_long",
        detail: `It must have ${bound} characters.`,
      };
    case "array":
      return { code: `too_${side}`, detail: `It must have ${bound} item(s).` };
    default:
      return { code: `too_${side}`, detail: `It must be ${bound}.` };
  }
}

function unionDetail(issue: Extract<Issue, { code: "invalid_union" }>): string {
  const details = issue.errors.flatMap((branch) =>
    withoutLengthsOfOthers(branch).flatMap((inner) => fromIssue(inner).map(({ detail }) => detail)),
  );
  return [...new Set(details)].join(" Or: ");
}

/** A JSON Pointer to a field of an input. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path
    .map((key) => `/${String(key).slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
