import {
  type ApiKey,
  type ApiKeyWithSecret,
  type Caller,
  type Decision,
  type IssueKeyInput,
  issueKey,
  type MaskedKey,
  type OwnedKey,
  requireMayManageKeys,
  revokeKey,
  toPublicId,
} from "@serviceflow/domain";
import { formatApiKey, maskApiKey } from "../../access/api-key-format.ts";
import { execute } from "../../commands/command.ts";
import type { CommandContext } from "../../context.ts";
import { uuidv7 } from "../../db/uuidv7.ts";
import { insertKey, loadKey, loadOwner, requireManaged, revokeKeyRow, toApiKey } from "./store.ts";

/** The context of a command whose caller is known. */
type CallerContext = CommandContext & { caller: Caller };

/** A key that does not exist yet. */
export function newKey(ctx: CommandContext): { id: string; secret: string; masked: MaskedKey } {
  const secret = formatApiKey(ctx.random(32));
  const id = toPublicId("apiKey", uuidv7(ctx.clock().getTime(), ctx.random(10)));
  return { id, secret, masked: maskApiKey(secret) };
}

export function issue(
  ctx: CallerContext,
  userId: string,
  input: IssueKeyInput,
): Promise<ApiKeyWithSecret> {
  const { caller } = ctx;
  requireMayManageKeys(userId, caller);
  const key = newKey(ctx);
  return execute(ctx, {
    input: { ...input, userId },
    secret: true,
    load: loadOwner(userId),
    decide: (_owner, now) =>
      issueKey(input, { caller, now, userId, id: key.id, masked: key.masked }),
    write: (next) => insertKey(next, key.secret),
    answer: (next) => ({ ...toApiKey(next), apiKey: key.secret }),
  });
}

export function revoke(ctx: CallerContext, input: { id: string }): Promise<ApiKey> {
  const { caller } = ctx;
  return execute(ctx, {
    input,
    load: loadKey(input.id),
    decide: (row, now): Decision<OwnedKey> =>
      revokeKey(requireManaged(row, caller), { caller, now }),
    write: revokeKeyRow,
    answer: toApiKey,
  });
}
