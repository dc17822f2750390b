import { DomainError } from "@serviceflow/domain";
import type { CommandContext } from "../context.ts";

/** A strong tag: the version, with or without the hash of an answer. */
const TAG = /^"(\d+)(?:-[\w-]+)?"$/;

/**
 * Checks the call's `If-Match` against the version that was loaded. It takes the version in quotes and the `ETag` of any
 * answer with that version: a command changes nothing of what else an answer says.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-if-match
 * @throws DomainError `precondition_failed`
 */
export function requirePrecondition(ctx: Pick<CommandContext, "header">, version: number): void {
  const header = ctx.header("if-match");
  if (header === null || header.trim() === "*") return;
  const names = header.split(",").map((candidate) => TAG.exec(candidate.trim())?.[1]);
  if (names.includes(String(version))) return;
  throw new DomainError(
    "precondition_failed",
    `If-Match does not name the current version, which is "${version}". Get the current version, and retry with its ETag if the change still applies.`,
  );
}
