import {
  type ApiKey,
  type ApiKeyWithSecret,
  type Caller,
  type IssueKeyInput,
  issueKey,
  type MaskedKey,
  type RevokedKeys,
  type RevokeKeysInput,
  type RotateKeyInput,
  requireMayManageKeys,
  revokeAllKeys,
  revokeKey,
  rotateKey,
  toPublicId,
} from "@serviceflow/domain";
import { formatApiKey, maskApiKey } from "../../access/api-key-format.ts";
import { execute } from "../../commands/command.ts";
import type { CommandContext } from "../../context.ts";
import { uuidv7 } from "../../db/uuidv7.ts";
import {
  loadAllOf,
  loadOwner,
  loadRevoked,
  loadRotated,
  type OwnerRow,
  toActiveKeys,
} from "./loads.ts";
import { requireManaged, toApiKey } from "./store.ts";
import { insertKey, revokeKeyRow, revokeKeyRows, rotateKeyRow } from "./writes.ts";

/** The context of a command whose caller is known. */
type CallerContext = CommandContext & { caller: Caller };

/** A key that does not exist yet. */
function newKey(ctx: CommandContext): { id: string; secret: string; masked: MaskedKey } {
  const secret = formatApiKey(ctx.random(32));
  const id = toPublicId("apiKey", uuidv7(ctx.clock().getTime(), ctx.random(10)));
  return { id, secret, masked: maskApiKey(secret) };
}

export function issue(
  ctx: CallerContext,
  userId: string,
  input: IssueKeyInput,
): Promise<ApiKeyWithSecret> {
  const { caller, keyBounds: bounds } = ctx;
  requireMayManageKeys(userId, caller);
  const { id, masked, secret } = newKey(ctx);
  return execute(ctx, {
    input: { ...input, userId },
    secret: true,
    load: loadOwner(userId, bounds.maxPerUser, ctx.clock()),
    decide: ({ activeKeys }, now) =>
      issueKey(input, { caller, now, userId, id, masked, bounds, activeKeys }),
    write: (next, owner) => insertKey(next, secret, owner, bounds.maxPerUser),
    answer: (next) => ({ ...toApiKey(next), apiKey: secret }),
  });
}

export function rotate(
  ctx: CallerContext,
  input: RotateKeyInput & { id: string },
): Promise<ApiKeyWithSecret> {
  const { caller, keyBounds: bounds } = ctx;
  const { id, masked, secret } = newKey(ctx);
  return execute(ctx, {
    input,
    secret: true,
    load: loadRotated(input.id, bounds.maxPerUser, ctx.clock()),
    decide: (row, now) =>
      rotateKey(requireManaged(row, caller), input, {
        caller,
        now,
        id,
        masked,
        bounds,
        activeKeys: row.activeKeys,
      }),
    write: (next, row) => rotateKeyRow(next, secret, row, bounds.maxPerUser),
    answer: (next) => ({ ...toApiKey(next.replacement), apiKey: secret }),
  });
}

export function revoke(ctx: CallerContext, input: { id: string }): Promise<ApiKey> {
  const { caller } = ctx;
  return execute(ctx, {
    input,
    load: loadRevoked(input.id, ctx.clock()),
    decide: (row, now) =>
      revokeKey(requireManaged(row, caller), { caller, now, ...revocationFacts(ctx, row) }),
    write: (next, row) => revokeKeyRow(next, row),
    answer: toApiKey,
  });
}

/** Revokes every active key of a user. */
export function revokeAll(
  ctx: CallerContext,
  userId: string,
  { keepCallingKey = false }: RevokeKeysInput,
): Promise<RevokedKeys> {
  const { caller, actor } = ctx;
  requireMayManageKeys(userId, caller);
  const keep = keepCallingKey && actor.kind === "user" ? toPublicId("apiKey", actor.keyUuid) : null;
  return execute(ctx, {
    input: { userId, keepCallingKey },
    load: loadAllOf(userId, ctx.clock()),
    decide: (row, now) =>
      revokeAllKeys(toActiveKeys(row.keys), {
        caller,
        now,
        keep,
        ...revocationFacts(ctx, row),
      }),
    write: (next, row) => revokeKeyRows(next, row),
    answer: (next) => ({ revoked: next.length }),
  });
}

/** The operator may end the last administrator's key: another one can be issued at the machine. */
function revocationFacts({ actor }: CommandContext, row: OwnerRow & { hasOtherAdminKey: boolean }) {
  return {
    owner: {
      id: toPublicId("user", row.ownerId),
      role: row.ownerRole,
      active: row.ownerActive,
    },
    hasOtherAdminKey: row.hasOtherAdminKey || actor.kind === "operator",
  };
}
