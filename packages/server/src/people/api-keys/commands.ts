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
import type { BootstrapContext } from "../../context.ts";
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

/** A key that does not exist yet. */
export function newKey(ctx: BootstrapContext): { id: string; secret: string } {
  return {
    id: toPublicId("apiKey", uuidv7(ctx.clock().getTime(), ctx.random(10))),
    secret: formatApiKey(ctx.random(32)),
  };
}

/** @param by who asks; the log names whom the context has */
export function issue(
  ctx: BootstrapContext,
  by: Caller,
  procedure: string,
  userId: string,
  input: IssueKeyInput,
): Promise<ApiKeyWithSecret> {
  requireMayManageKeys(userId, by);
  const key = newKey(ctx);
  return change(ctx, {
    procedure,
    input: { ...input, userId },
    secret: true,
    load: loadOwner,
    values: { user: toUuid("user", userId) },
    decide: (row: { ownerId: string } | null, now) => {
      if (!row) throw noSuchUser();
      return issueKey(input, by, { ...key, userId }, now);
    },
    write: (next: OwnedKey) => insertKey(next, key.secret),
    answer: (next) => ({ ...toApiKey(next), apiKey: key.secret }),
  });
}

/** @param by who asks; the log names whom the context has */
export function revoke(ctx: BootstrapContext, by: Caller, input: { id: string }): Promise<ApiKey> {
  return change(ctx, {
    procedure: "apiKeys.revoke",
    input,
    load: loadKey,
    values: { id: keyUuid(input.id) },
    decide: (row: KeyColumns | null, now): Decision<OwnedKey> =>
      revokeKey(requireKey(row, by), by, now),
    write: (next: OwnedKey, row) => revokeKeyRow(next, row as KeyColumns),
    answer: toApiKey,
  });
}
