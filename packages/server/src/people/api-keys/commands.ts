import {
  type ApiKey,
  type ApiKeyWithSecret,
  type IssueKeyInput,
  issueKey,
  KEY_ROTATION_DEFAULTS,
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
import { rotateKeyInput } from "@serviceflow/domain/contract";
import { formatApiKey, maskApiKey } from "../../access/api-key-format.ts";
import { execute } from "../../commands/command.ts";
import { defaultsOf } from "../../commands/defaults.ts";
import { newUuid, secretBytes, shownSecret } from "../../commands/dry-run.ts";
import type { CommandContext } from "../../context.ts";
import { idsOfCodes } from "../codes/outstanding.ts";
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

/** A key that does not exist yet. */
function newKey(ctx: CommandContext): { id: string; secret: string; masked: MaskedKey } {
  const secret = formatApiKey(secretBytes(ctx)(32));
  const id = toPublicId("apiKey", newUuid(ctx));
  return { id, secret, masked: maskApiKey(secret) };
}

export function issue(
  ctx: CommandContext,
  userId: string,
  input: IssueKeyInput,
): Promise<ApiKeyWithSecret> {
  const { keyBounds: bounds } = ctx;
  const { id, masked, secret } = newKey(ctx);
  return execute(ctx, {
    input: { ...input, userId },
    secret: true,
    load: loadOwner(userId, bounds.maxPerUser, ctx.clock()),
    permit: (caller) => requireMayManageKeys(userId, caller),
    decide: ({ activeKeys, erasedAt }, by) => {
      const owner = { erasedAt: erasedAt };
      return issueKey(input, { ...by, userId, owner, id, masked, bounds, activeKeys });
    },
    write: (next, owner) => insertKey(next, secret, owner, bounds.maxPerUser),
    answer: (next) => ({ ...toApiKey(next), apiKey: shownSecret(ctx, secret) }),
  });
}

export function rotate(
  ctx: CommandContext,
  input: RotateKeyInput & { id: string },
): Promise<ApiKeyWithSecret> {
  const { keyBounds: bounds } = ctx;
  const { id, masked, secret } = newKey(ctx);
  return execute(ctx, {
    input,
    defaults: defaultsOf(rotateKeyInput, KEY_ROTATION_DEFAULTS),
    secret: true,
    load: loadRotated(input.id, bounds.maxPerUser, ctx.clock()),
    decide: (row, by) => {
      const { activeKeys } = row;
      const key = requireManaged(row, by.caller);
      return rotateKey(key, input, { ...by, id, masked, bounds, activeKeys });
    },
    write: (next, row) => rotateKeyRow(next, secret, row, bounds.maxPerUser),
    answer: (next) => ({ ...toApiKey(next.replacement), apiKey: shownSecret(ctx, secret) }),
  });
}

export function revoke(ctx: CommandContext, input: { id: string }): Promise<ApiKey> {
  return execute(ctx, {
    input,
    load: loadRevoked(input.id, ctx.clock()),
    decide: (row, by) =>
      revokeKey(requireManaged(row, by.caller), { ...by, ...revocationFacts(ctx, row) }),
    write: (next, row) => revokeKeyRow(next, row),
    answer: toApiKey,
  });
}

/** Revokes every active key of a user. */
export function revokeAll(
  ctx: CommandContext,
  userId: string,
  { keepCallingKey = false }: RevokeKeysInput,
): Promise<RevokedKeys> {
  const { actor } = ctx;
  const keep = keepCallingKey && actor.kind === "user" ? toPublicId("apiKey", actor.keyUuid) : null;
  return execute(ctx, {
    input: { userId, keepCallingKey },
    load: loadAllOf(userId, ctx.clock()),
    permit: (caller) => requireMayManageKeys(userId, caller),
    decide: (row, by) =>
      revokeAllKeys(toActiveKeys(row.keys), {
        ...by,
        keep,
        codes: idsOfCodes(row.codes),
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
