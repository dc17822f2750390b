import {
  type ApiKeyWithSecret,
  changed,
  codeRevoked,
  type IssueCodeInput,
  isRedeemable,
  issueCode,
  mayManageKeys,
  type OneTimeCode,
  type OneTimeCodeWithSecret,
  redeemForKey,
  requireMayManageKeys,
  toPublicId,
  wrongCode,
} from "@serviceflow/domain";
import { formatApiKey, formatCode, maskApiKey } from "../../access/api-key-format.ts";
import { execute } from "../../commands/command.ts";
import { newUuid, secretBytes, shownSecret } from "../../commands/dry-run.ts";
import type { Actor, CodeActor, CommandContext } from "../../context.ts";
import { toApiKey } from "../api-keys/store.ts";
import { loadCode, loadOwnerOfCodes, loadRedeemed, redeemableFacts } from "./loads.ts";
import { idsOfCodes } from "./outstanding.ts";
import { noSuchCode, toCode, toOwnedCode } from "./store.ts";
import { deleteCode, insertCode, redeemForKeyRow } from "./writes.ts";

/** A code that does not exist yet. */
export function newCode(ctx: CommandContext) {
  const secret = formatCode(secretBytes(ctx)(32));
  const id = toPublicId("code", newUuid(ctx));
  return { id, secret, issuerId: issuerOf(ctx.actor), issuedWithId: issuedWith(ctx.actor) };
}

function issuerOf(actor: Actor): string | null {
  return actor.kind === "user" ? actor.userId : null;
}

function issuedWith(actor: Actor): string | null {
  return actor.kind === "user" ? actor.keyUuid : null;
}

export function issue(
  ctx: CommandContext,
  userId: string,
  input: IssueCodeInput,
): Promise<OneTimeCodeWithSecret> {
  const { id, secret, issuerId, issuedWithId } = newCode(ctx);
  return execute(ctx, {
    input: { ...input, userId },
    secret: true,
    load: loadOwnerOfCodes(userId),
    permit: (caller) => requireMayManageKeys(userId, caller),
    decide: ({ erasedAt, codes }, by) => {
      const owner = { id: userId, erasedAt };
      return issueCode(input, { ...by, id, issuerId, owner, outstanding: idsOfCodes(codes) });
    },
    write: (next, row) => insertCode(next, secret, issuedWithId, row),
    answer: ({ code }) => ({ ...toCode(code), code: shownSecret(ctx, secret) }),
  });
}

export function revoke(ctx: CommandContext, id: string): Promise<OneTimeCode> {
  return execute(ctx, {
    input: { id },
    load: loadCode(id),
    decide: (row, { caller }) => {
      const code = toOwnedCode(row);
      if (!mayManageKeys(code.userId, caller)) throw noSuchCode();
      return changed(toCode(code), codeRevoked(id));
    },
    write: (_, row) => deleteCode(row.id),
    answer: (code) => code,
  });
}

/** Redeems the code of a call for an API key. */
export function redeem(ctx: CommandContext & { actor: CodeActor }): Promise<ApiKeyWithSecret> {
  const { keyBounds: bounds, actor } = ctx;
  const secret = formatApiKey(secretBytes(ctx)(32));
  const id = toPublicId("apiKey", newUuid(ctx));
  return execute(ctx, {
    input: {},
    secret: true,
    load: loadRedeemed(actor.secret, bounds.maxPerUser, ctx.clock()),
    decide: (row, { now }) => {
      const facts = redeemableFacts(row);
      if (!isRedeemable({ ...facts, purpose: "API_KEY", now })) throw wrongCode();
      const { activeKeys } = row;
      return redeemForKey(toOwnedCode(row), {
        id,
        masked: maskApiKey(secret),
        bounds,
        activeKeys,
        now,
      });
    },
    write: (key, row) => redeemForKeyRow(key, secret, row),
    answer: (key) => ({ ...toApiKey(key), apiKey: shownSecret(ctx, secret) }),
  });
}
