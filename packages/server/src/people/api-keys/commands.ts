import {
  type ApiKey,
  type ApiKeyWithSecret,
  type Caller,
  type Decision,
  formatApiKey,
  type IssueKeyInput,
  issueKey,
  type OwnedKey,
  requireMayManageKeys,
  revokeKey,
  toPublicId,
  toUuid,
  uuidv7,
} from "@serviceflow/domain";
import { change } from "../../commands/change.ts";
import type { CommandContext } from "../../context.ts";
import { noSuchUser } from "../users/store.ts";
import {
  insertKey,
  type KeyColumns,
  keyUuid,
  loadKey,
  loadOwner,
  requireKey,
  revokeKeyRow,
  toApiKey,
} from "./store.ts";

/** The context of a command whose caller is known. */
type CallerContext = CommandContext & { caller: Caller };

/** A key that does not exist yet. */
export function newKey(ctx: CommandContext): { id: string; secret: string } {
  return {
    id: toPublicId("apiKey", uuidv7(ctx.clock().getTime(), ctx.random(10))),
    secret: formatApiKey(ctx.random(32)),
  };
}

export function issue(
  ctx: CallerContext,
  userId: string,
  input: IssueKeyInput,
): Promise<ApiKeyWithSecret> {
  const { caller } = ctx;
  requireMayManageKeys(userId, caller);
  const key = newKey(ctx);
  return change(ctx, {
    input: { ...input, userId },
    secret: true,
    load: loadOwner,
    values: { user: toUuid("user", userId) },
    decide: (row: { ownerId: string } | null, now) => {
      if (!row) throw noSuchUser();
      return issueKey(input, caller, { ...key, userId }, now);
    },
    write: (next: OwnedKey) => insertKey(next, key.secret),
    answer: (next) => ({ ...toApiKey(next), apiKey: key.secret }),
  });
}

export function revoke(ctx: CallerContext, input: { id: string }): Promise<ApiKey> {
  const { caller } = ctx;
  return change(ctx, {
    input,
    load: loadKey,
    values: { id: keyUuid(input.id) },
    decide: (row: KeyColumns | null, now): Decision<OwnedKey> =>
      revokeKey(requireKey(row, caller), caller, now),
    write: (next: OwnedKey, row) => revokeKeyRow(next, row as KeyColumns),
    answer: toApiKey,
  });
}
