import {
  type CreateUserInput,
  changed,
  createUser,
  type Invitation,
  issueCode,
  type OwnedCode,
  requireRole,
  toPublicId,
  USER_DEFAULTS,
  type User,
} from "@serviceflow/domain";
import { createUserInput } from "@serviceflow/domain/contract";
import { execute } from "../../commands/command.ts";
import { defaultsOf } from "../../commands/defaults.ts";
import { newUuid, shownSecret } from "../../commands/dry-run.ts";
import type { CommandContext } from "../../context.ts";
import { newCode } from "../codes/commands.ts";
import { toCode } from "../codes/store.ts";
import { insertInvited, loadRoster, requireFreeEmail } from "./store.ts";

/** Creates a user without an API key, who signs in by a one-time code. */
export function invite(ctx: CommandContext, input: CreateUserInput): Promise<Invitation> {
  const userId = toPublicId("user", newUuid(ctx));
  const { id, secret, issuerId, issuedWithId } = newCode(ctx);
  return execute(ctx, {
    input,
    defaults: defaultsOf(createUserInput, USER_DEFAULTS),
    secret: true,
    load: loadRoster(input.email, ctx.clock()),
    permit: (caller) => void requireRole("user.manage", caller),
    decide(roster, by) {
      const created = createUser(input, { ...by, id: userId });
      requireFreeEmail(roster);
      const user = created.next;
      const facts = { ...by, id, issuerId, owner: user, outstanding: [] };
      const issued = issueCode({ purpose: "SESSION", name: "Invitation" }, facts);
      if (!created.changed || !issued.changed) throw new Error("An invitation is a change.");
      const next: { user: User; code: OwnedCode } = { user, code: issued.next.code };
      return changed(next, ...created.entries, ...issued.entries);
    },
    write: (next) => insertInvited(next, secret, issuedWithId),
    answer: ({ user, code }) => ({
      user,
      code: { ...toCode(code), code: shownSecret(ctx, secret) },
    }),
  });
}
