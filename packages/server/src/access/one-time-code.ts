import { type Caller, DomainError, toPublicId, wrongCode } from "@serviceflow/domain";
import type { CallContext, CodeActor } from "../context.ts";
import { oneTimeCodes, users } from "../db/schema.ts";
import { sha256 } from "../db/sha256.ts";
import { columns, p, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { isCode } from "./api-key-format.ts";
import { refuse } from "./authenticate.ts";

const HOLDER = {
  codeId: oneTimeCodes.id,
  scopes: oneTimeCodes.scopes,
  userId: users.id,
  fullName: users.fullName,
  role: users.role,
  kind: users.kind,
};

const byHash = statement(
  "one_time_code_holder",
  sql`
    select ${columns(HOLDER)} from ${oneTimeCodes} join ${users} on ${users.id} = ${oneTimeCodes.userId}
    where ${oneTimeCodes.hash} = ${p("hash", "bytea")}`,
);

/** Of a code that nobody has, which can still ask again for the answer to its redemption. */
const NOBODY: Caller = {
  id: "nobody",
  fullName: "Nobody",
  role: "EMPLOYEE",
  kind: "HUMAN",
  scopes: [],
  keyEndsAt: null,
};

/** The one-time code of a call; null: none. */
export function givenCode(ctx: CallContext): string | null {
  return ctx.header("x-one-time-code");
}

/**
 * Who redeems a code. Whether it can be redeemed, the command decides.
 * @param asksAgain whether the call can ask for a stored answer
 * @throws DomainError `unauthenticated`, `rate_limited`
 */
export async function codeHolder(
  ctx: CallContext,
  secret: string,
  { procedure, asksAgain }: { procedure: string; asksAgain: boolean },
): Promise<CodeActor> {
  ctx.limits.requireUnblocked(ctx.clientAddress, null, ctx.responseHeaders);
  const [row] = isCode(secret) ? await ctx.db.points.query(byHash, { hash: sha256(secret) }) : [];
  if (!row && !(asksAgain && isCode(secret))) throw await refusedCode(ctx);
  const actor = { kind: "code" as const, secret, procedure };
  if (!row) return { ...actor, caller: NOBODY, userUuid: null };
  const { codeId, userId, scopes, fullName, role, kind } = row;
  await ctx.limits.charge({ keyUuid: codeId, userUuid: userId }, {});
  const id = toPublicId("user", userId);
  const caller = { id, fullName, role, kind, scopes, keyEndsAt: null };
  return { ...actor, caller, userUuid: userId };
}

/** Counts and records a call with a code that cannot be redeemed. @returns what it is refused with */
export async function refusedCode(ctx: CallContext): Promise<DomainError> {
  await refuse(ctx, null);
  return wrongCode();
}

/** Of a call without a code where there must be one. */
export function withoutCode(): DomainError {
  return new DomainError(
    "unauthenticated",
    "Send the one-time code in the header X-One-Time-Code.",
  );
}
