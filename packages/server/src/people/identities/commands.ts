import {
  type Caller,
  changed,
  changeRole,
  createUser,
  type Decision,
  DomainError,
  endKey,
  type Identity,
  identityLinked,
  type OwnedKey,
  type Role,
  SCOPES,
  startSession,
  toPublicId,
  type User,
  unchanged,
  withWebhooksDisabled,
} from "@serviceflow/domain";
import { createUserInput } from "@serviceflow/domain/contract";
import { execute } from "../../commands/command.ts";
import { newUuid } from "../../commands/dry-run.ts";
import type { CommandContext, ProviderActor } from "../../context.ts";
import type { ProvenPerson } from "../../oidc/claims.ts";
import type { ProvenLogout } from "../../oidc/provider.ts";
import { endSessionRows } from "../api-keys/writes.ts";
import { newSession, type StartedSession } from "../sessions/commands.ts";
import { loadOwnerOfSessions, toLiveSessions } from "../sessions/loads.ts";
import { insertSession } from "../sessions/writes.ts";
import { idsOfWebhooks } from "../users/owned-webhooks.ts";
import { loadRoster, loadUser, requireFreeEmail, toUser, updateUserRow } from "../users/store.ts";
import { loadEnded, loadLinkable, type PersonRow, providerSession, toSessions } from "./store.ts";
import { insertBoundUser, insertIdentity } from "./writes.ts";

/** The provider is trusted with admitting people, and with their roles. The log names no actor for it. */
const PROVIDER: Caller = {
  id: "provider",
  fullName: "Identity provider",
  role: "ADMIN",
  kind: "HUMAN",
  scopes: SCOPES,
  keyEndsAt: null,
};
const BY_PROVIDER: ProviderActor = { kind: "provider", caller: PROVIDER, userUuid: null };

type Context = Omit<CommandContext, "actor">;

/** The fields of a new user as the contract has them; without a valid name it is the address. Null: the address is not valid. */
export function newPerson(email: string, fullName: string | null) {
  const named = createUserInput.safeParse({ email, fullName });
  if (named.success) return named.data;
  const unnamed = createUserInput.safeParse({ email, fullName: email });
  return unnamed.success ? unnamed.data : null;
}

/** Creates an employee who is bound to an account. @throws DomainError `email_taken` */
export async function signUp(
  ctx: Context,
  input: NonNullable<ReturnType<typeof newPerson>>,
  identity: Identity,
): Promise<void> {
  const id = toPublicId("user", newUuid(ctx));
  await execute(
    { ...ctx, actor: BY_PROVIDER },
    {
      input,
      load: loadRoster(input.email, ctx.clock()),
      decide: (roster, { caller, now }): Decision<User> => {
        requireFreeEmail(roster);
        const decision = createUser({ ...input, role: "EMPLOYEE" }, { caller, id, now });
        if (!decision.changed) return decision;
        return changed(decision.next, ...decision.entries, identityLinked(id, identity));
      },
      write: (next) => insertBoundUser(next, identity),
      answer: (next) => next,
    },
  );
}

/** Links an account to a user, who signs in with it, unless either is linked already. */
export async function linkIdentity(
  ctx: Context,
  { id: userUuid, fullName, role, kind }: PersonRow,
  identity: Identity,
): Promise<void> {
  const id = toPublicId("user", userUuid);
  const caller = { id, fullName, role, kind, scopes: SCOPES, keyEndsAt: null };
  await execute(
    { ...ctx, actor: { kind: "provider", caller, userUuid } },
    {
      input: {},
      load: loadLinkable(userUuid, identity),
      decide: ({ active, isLinked }, { now }) =>
        isLinked || !active ? unchanged("") : changed(now, identityLinked(id, identity)),
      write: (now) => insertIdentity(userUuid, identity, now),
      answer: () => undefined,
    },
  );
}

/** Gives a user the role that the provider says. @throws DomainError `last_admin` */
export async function takeRole(ctx: Context, userUuid: string, role: Role): Promise<void> {
  const id = toPublicId("user", userUuid);
  await execute(
    { ...ctx, actor: BY_PROVIDER },
    {
      input: { id, role },
      load: loadUser(id, undefined, ctx.clock()),
      decide: (row, { caller }) => {
        const { otherAdmins } = row;
        const decision = changeRole(toUser(row), { role }, { caller, otherAdmins });
        return withWebhooksDisabled(decision, idsOfWebhooks(row.webhooks));
      },
      write: updateUserRow,
      answer: (next) => next,
    },
  );
}

/** Starts a session of a person the provider vouches for. @throws DomainError `unauthenticated` */
export function startFor(
  ctx: Context,
  { id: userUuid, fullName, role, kind }: PersonRow,
  { issuer, sid }: Pick<ProvenPerson, "issuer" | "sid">,
): Promise<StartedSession> {
  const { secret, facts, answer } = newSession(ctx);
  const userId = toPublicId("user", userUuid);
  const caller = { id: userId, fullName, role, kind, scopes: SCOPES, keyEndsAt: null };
  return execute(
    { ...ctx, actor: { kind: "provider", caller, userUuid } },
    {
      input: {},
      secret: true,
      load: loadOwnerOfSessions(userUuid, ctx.clock()),
      decide: ({ active, erasedAt, live }, { now }) =>
        startSession({
          ...facts,
          owner: { id: userId, active, erasedAt },
          source: "OIDC",
          scopes: SCOPES,
          parentId: null,
          grantsUntil: null,
          live: toLiveSessions(live),
          now,
        }),
      write: (next, row) =>
        insertSession(next, secret, row, sid === null ? null : providerSession(issuer, sid)),
      answer,
    },
  );
}

/** Of the clocks of the provider and of the replicas. A token that is sent again later ends no newer session. */
const SKEW_MS = 60_000;

type Ended = Pick<OwnedKey, "id" | "revokedAt">;

/**
 * Ends the sessions that the provider signed out, of those that began before: one of its own sessions, or all of an account.
 * @see https://openid.net/specs/openid-connect-backchannel-1_0.html#BCActions
 * @returns how many
 */
export async function endByProvider(ctx: Context, logout: ProvenLogout): Promise<number> {
  const before = new Date(Date.parse(logout.issuedAt) + SKEW_MS).toISOString();
  try {
    return await execute(
      { ...ctx, actor: BY_PROVIDER },
      {
        input: {},
        load: loadEnded(logout, before, ctx.clock()),
        decide: (row, { now }) => endAll(toSessions(row.sessions), now),
        write: (next, row) => endSessionRows(next, row),
        answer: (next) => next.length,
      },
    );
  } catch (error) {
    if (error instanceof DomainError && error.code === "not_found") return 0;
    throw error;
  }
}

function endAll(sessions: readonly Ended[], now: string): Decision<readonly Ended[]> {
  const ended = sessions.map((session) => endKey(session, now));
  const [first, ...others] = ended.flatMap((each) => (each.changed ? each.entries : []));
  const next = ended.map((each) => ({ id: each.next.id, revokedAt: now }));
  return first === undefined ? unchanged([]) : changed(next, first, ...others);
}
