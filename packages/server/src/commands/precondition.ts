import { DomainError } from "@serviceflow/domain";
import type { CommandContext } from "../context.ts";

/** The strong entity tag of a version. */
export function entityTag(version: number): string {
  return `"${version}"`;
}

/**
 * Checks the call's `If-Match` against the version that was loaded.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-if-match
 * @throws DomainError `precondition_failed`
 */
export function requirePrecondition(ctx: Pick<CommandContext, "header">, version: number): void {
  const header = ctx.header("if-match");
  if (header === null || header.trim() === "*") return;
  if (listsTag(header, entityTag(version))) return;
  throw new DomainError(
    "precondition_failed",
    `If-Match does not name the current version, which is ${entityTag(version)}. Get the current version, and retry with its ETag if the change still applies.`,
  );
}

/**
 * Whether the caller has this version already, by `If-None-Match`; the comparison is weak.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match
 */
export function isNotModified(ifNoneMatch: string | null, tag: string): boolean {
  if (ifNoneMatch === null) return false;
  return ifNoneMatch.trim() === "*" || listsTag(ifNoneMatch.replaceAll("W/", ""), tag);
}

function listsTag(header: string, tag: string): boolean {
  return header.split(",").some((candidate) => candidate.trim() === tag);
}
