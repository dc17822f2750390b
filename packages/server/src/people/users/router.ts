import {
  bootstrapAdmin,
  type Caller,
  changeRole,
  createUser,
  type Decision,
  eraseUser,
  requireMayUpdate,
  requireRole,
  type UpdateUserInput,
  type User,
  updateUser,
  withWebhooksDisabled,
} from "@serviceflow/domain";
import {
  changeRoleInput,
  createUserInput,
  currentUser,
  invitation,
  inviteUserInput,
  listUsersInput,
  searchUsersInput,
  updateMeInput,
  updateUserInput,
  userById,
  userMatches,
  userPage,
  user as userSchema,
  userWithKey,
} from "@serviceflow/domain/contract";
import { type Deciding, execute } from "../../commands/command.ts";
import { isDryRun } from "../../commands/dry-run.ts";
import type { CommandContext } from "../../context.ts";
import { bootstrapCommand, command, procedure, router } from "../../procedure.ts";
import { idsOfCodes } from "../codes/outstanding.ts";
import { getCurrentUser } from "./current-user.ts";
import { eraseFromLog, eraseUserRow, keysOf, loadErasure } from "./erasure.ts";
import { invite } from "./invite.ts";
import { newUser } from "./new-user.ts";
import { idsOfWebhooks } from "./owned-webhooks.ts";
import { searchUsers } from "./search.ts";
import {
  getUser,
  listUsers,
  loadUser,
  type RosterRow,
  requireFreeEmail,
  toUser,
  updateUserRow,
} from "./store.ts";

const tags: [string] = ["Users"];

/** A change to an existing user. */
function onUser(
  ctx: CommandContext,
  input: { id: string; email?: string | undefined },
  decide: (user: User, facts: Deciding & RosterRow) => Decision<User>,
  permit: (caller: Caller) => void = requireManager,
) {
  return execute(ctx, {
    input,
    load: loadUser(input.id, input.email, ctx.clock()),
    permit,
    versionOf: (row) => row.version,
    decide: (row, by) => {
      const decision = decide(toUser(row), { ...by, ...row });
      requireFreeEmail(row);
      return withWebhooksDisabled(decision, idsOfWebhooks(row.webhooks));
    },
    write: updateUserRow,
    answer: (next) => next,
  });
}

function update(ctx: CommandContext, input: UpdateUserInput & { id: string }) {
  return onUser(
    ctx,
    input,
    (user, facts) => updateUser(user, input, facts),
    (caller) => requireMayUpdate(input.id, input, caller),
  );
}

function requireManager(caller: Caller): void {
  requireRole("user.manage", caller);
}

export const usersRouter = router({
  create: bootstrapCommand
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/users",
        tags,
        example: { fullName: "New Colleague", email: "new.colleague@example.com", role: "AGENT" },
        summary: "Create a user with their first API key",
        description:
          "Administrators only. Without an administrator, the bootstrap key creates the first one. The new API key has at most the scopes of the caller's key, and is shown only once.",
        status: 201,
        answers: "versioned",
        location: "/users/{id}",
        errors: ["forbidden", "bootstrap_closed", "email_taken", "secret_not_replayable"],
        bootstrap: true,
      },
    })
    .input(createUserInput)
    .output(userWithKey)
    .mutation(({ ctx, input }) => {
      if (ctx.actor.kind === "bootstrap") {
        return newUser(ctx, input, ({ adminExists }, facts) =>
          bootstrapAdmin(input, { adminExists, ...facts }),
        );
      }
      return newUser(ctx, input, (_row, facts) => createUser(input, facts));
    }),

  invite: command
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/users/invite",
        example: {
          fullName: "Another Colleague",
          email: "another.colleague@example.com",
          role: "AGENT",
        },
        tags,
        summary: "Create a user who signs in by a one-time code",
        description:
          "Administrators only. The user has no API key. The code is valid for 72 hours, as long as you remain an administrator, and is shown only once; `POST /users/{id}/codes` issues another one.",
        status: 201,
        errors: ["forbidden", "email_taken", "secret_not_replayable"],
      },
    })
    .input(inviteUserInput)
    .output(invitation)
    .mutation(({ ctx, input }) => invite(ctx, input)),

  list: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/users",
        tags,
        summary: "List users, newest first",
        description: "Administrators see all users, agents see agents and administrators.",
        answers: "page",
        errors: ["forbidden"],
      },
    })
    .input(listUsersInput)
    .output(userPage)
    .query(({ ctx, input }) => listUsers(ctx.db, input, ctx.caller)),

  search: procedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/users/search",
        tags,
        summary: "Find active users by name or address",
        description:
          "For those who may file for others: administrators, agents and service accounts. Finds people by the beginnings of words of their names, or one by the whole address, which only then is in the answer. Those who work on requests can ask for some roles only.",
        answers: "page",
        errors: ["forbidden"],
      },
    })
    .input(searchUsersInput)
    .output(userMatches)
    .query(({ ctx, input }) => searchUsers(ctx.db, input, ctx.caller)),

  me: procedure
    .meta({
      scope: null,
      openapi: {
        method: "GET",
        path: "/users/me",
        tags,
        summary: "Get the user of the API key, and what the key may do",
        answers: "versioned",
      },
    })
    .output(currentUser)
    .query(({ ctx }) => getCurrentUser(ctx.db, ctx.actor.keyUuid)),

  updateMe: command
    .meta({
      scope: "requests:write",
      openapi: {
        method: "PATCH",
        path: "/users/me",
        tags,
        summary: "Update your own locale and time zone",
        answers: "versioned",
      },
    })
    .input(updateMeInput)
    .output(userSchema)
    .mutation(({ ctx, input }) => update(ctx, { ...input, id: ctx.actor.userId })),

  get: procedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/users/{id}",
        tags,
        summary: "Get a user",
        answers: "versioned",
      },
    })
    .input(userById)
    .output(userSchema)
    .query(({ ctx, input }) => getUser(ctx.db, input.id, ctx.caller)),

  update: command
    .meta({
      scope: "admin",
      openapi: {
        method: "PATCH",
        path: "/users/{id}",
        tags,
        example: { locale: "de-AT", timeZone: "Europe/Berlin" },
        summary: "Update a user, activate or deactivate a user",
        description:
          "Administrators only, except for your own locale and time zone. Deactivating a user disables all their API keys and webhooks at once.",
        answers: "versioned",
        errors: ["forbidden", "email_taken", "last_admin", "user_erased"],
      },
    })
    .input(updateUserInput)
    .output(userSchema)
    .mutation(({ ctx, input }) => update(ctx, input)),

  changeRole: command
    .meta({
      scope: "admin",
      openapi: {
        method: "PATCH",
        path: "/users/{id}/role",
        tags,
        summary: "Change a user's role",
        description:
          "Administrators only. The webhooks of a user who is no longer an administrator are disabled.",
        answers: "versioned",
        errors: ["forbidden", "last_admin", "user_erased"],
      },
    })
    .input(changeRoleInput)
    .output(userSchema)
    .mutation(({ ctx, input }) =>
      onUser(ctx, input, (user, facts) => changeRole(user, input, facts)),
    ),

  erase: command
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/users/{id}/erase",
        tags,
        summary: "Erase a person permanently",
        description:
          "Administrators only. Replaces name and email, revokes every API key, disables their webhooks, and removes the person's names, addresses and texts from the audit log without breaking its chain. Their id, and the requests and comments themselves, stay. It cannot be undone.",
        answers: "versioned",
        errors: ["forbidden", "last_admin"],
      },
    })
    .input(userById)
    .output(userSchema)
    .mutation(async ({ ctx, input }) => {
      const user = await execute(ctx, {
        input,
        load: loadErasure(input.id, ctx.clock()),
        permit: requireManager,
        versionOf: (row) => row.version,
        decide: (row, by) => {
          const user = toUser(row);
          const decision = eraseUser(user, {
            ...by,
            keys: keysOf(row.keys),
            codes: idsOfCodes(row.codes),
            otherAdmins: row.otherAdmins,
          });
          return withWebhooksDisabled(decision, idsOfWebhooks(row.webhooks));
        },
        write: (next, row) => eraseUserRow(next, row),
        answer: (next) => next,
      });
      if (!isDryRun(ctx)) await eraseFromLog(ctx.db, user.id, ctx.clock());
      return user;
    }),
});
