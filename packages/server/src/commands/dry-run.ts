import { DomainError } from "@serviceflow/domain";
import type { CommandContext } from "../context.ts";
import { NIL_UUID } from "../db/ids.ts";
import { uuidv7 } from "../db/uuidv7.ts";

const YES = ["true", "?1"];
const NO = ["false", "?0"];

/**
 * Whether a call asks what it would do. The header is a structured field or bare; anything but yes and no is refused, so
 * that no misspelt dry run is executed.
 * @see https://www.rfc-editor.org/rfc/rfc9651#name-booleans
 * @throws DomainError `malformed_request`
 */
export function isDryRun({ header }: Pick<CommandContext, "header">): boolean {
  const value = header("dry-run")?.trim().toLowerCase();
  if (value === undefined || NO.includes(value)) return false;
  if (YES.includes(value)) return true;
  throw new DomainError("malformed_request", "Dry-Run must be `true` or `false`.");
}

/** The UUID of something new; in a dry run, where there is nothing new, the one of nothing. */
export function newUuid(ctx: Pick<CommandContext, "header" | "clock" | "random">): string {
  return isDryRun(ctx) ? NIL_UUID : uuidv7(ctx.clock().getTime(), ctx.random(10));
}

/** A secret in the answer of a call that makes one. */
export function shownSecret(ctx: Pick<CommandContext, "header">, secret: string): string {
  return isDryRun(ctx) ? "" : secret;
}

/** The bytes of a new secret; in a dry run zeros, so that nothing of one is shown. */
export function secretBytes(
  ctx: Pick<CommandContext, "header" | "random">,
): (size: number) => Uint8Array {
  return isDryRun(ctx) ? (size) => new Uint8Array(size) : ctx.random;
}
