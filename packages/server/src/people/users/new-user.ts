import {
  type CreateUserInput,
  changed,
  type Decision,
  firstKey,
  issued,
  requireRole,
  toPublicId,
  USER_DEFAULTS,
  type User,
  type UserWithKey,
} from "@serviceflow/domain";
import { createUserInput } from "@serviceflow/domain/contract";
import { formatApiKey, maskApiKey } from "../../access/api-key-format.ts";
import { type Deciding, execute } from "../../commands/command.ts";
import { defaultsOf } from "../../commands/defaults.ts";
import { newUuid, secretBytes, shownSecret } from "../../commands/dry-run.ts";
import type { CommandContext } from "../../context.ts";
import { insertUser, loadRoster, type NewUser, type RosterRow, requireFreeEmail } from "./store.ts";

/** Creates a user with their first API key. */
export function newUser(
  ctx: CommandContext,
  input: CreateUserInput,
  decideUser: (row: RosterRow, facts: Deciding & { id: string }) => Decision<User>,
): Promise<UserWithKey> {
  const userId = toPublicId("user", newUuid(ctx));
  const keyId = toPublicId("apiKey", newUuid(ctx));
  const secret = formatApiKey(secretBytes(ctx)(32));
  return execute(ctx, {
    input,
    defaults: defaultsOf(createUserInput, USER_DEFAULTS),
    secret: true,
    load: loadRoster(input.email, ctx.clock()),
    permit: (caller) => void requireRole("user.manage", caller),
    decide: (roster, by): Decision<NewUser> => {
      const decision = decideUser(roster, { ...by, id: userId });
      requireFreeEmail(roster);
      const user = decision.next;
      const key = firstKey({
        id: keyId,
        userId: user.id,
        masked: maskApiKey(secret),
        creator: by.caller,
        bounds: ctx.keyBounds,
        now: by.now,
      });
      if (!decision.changed) throw new Error("A new user is a change.");
      return changed({ user, key, secret }, ...decision.entries, issued(key));
    },
    write: (next, roster) =>
      insertUser(next, ctx.actor.kind === "user" ? null : roster.rosterVersion),
    answer: (next) => ({ ...next.user, apiKey: shownSecret(ctx, next.secret) }),
  });
}
