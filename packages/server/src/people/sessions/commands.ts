import {
  DomainError,
  deviceOf,
  type EndedSession,
  effectiveScopes,
  endKey,
  isRedeemable,
  mayManageKeys,
  type OwnedSession,
  redeemForSession,
  type Session,
  startSession,
  toPublicId,
  wrongCode,
} from "@serviceflow/domain";
import { formatSessionSecret, maskApiKey } from "../../access/api-key-format.ts";
import { execute } from "../../commands/command.ts";
import { newUuid, secretBytes, shownSecret } from "../../commands/dry-run.ts";
import type { CodeActor, CommandContext, UserActor } from "../../context.ts";
import { loadRedeemed, type RedeemedRow, redeemableFacts } from "../codes/loads.ts";
import { toOwnedCode } from "../codes/store.ts";
import { loadOwnerOfSessions, loadSession, toLiveSessions } from "./loads.ts";
import { noSuchSession } from "./store.ts";
import { endSessionRow, insertSession, type NewSession, redeemForSessionRow } from "./writes.ts";

/** A new session with the secret of its cookie. */
export interface StartedSession {
  session: Session;
  secret: string;
}

/** What is new of a session, however it is started. */
export function newSession(ctx: Omit<CommandContext, "actor">) {
  const secret = formatSessionSecret(secretBytes(ctx)(32));
  const facts = {
    id: toPublicId("apiKey", newUuid(ctx)),
    masked: maskApiKey(secret),
    device: deviceOf(ctx.header("user-agent")),
    bounds: ctx.sessionBounds,
    keyBounds: ctx.keyBounds,
  };
  const answer = ({ session }: NewSession) => ({
    session: toStarted(session),
    secret: shownSecret(ctx, secret),
  });
  return { secret, facts, answer };
}

/** Exchanges the API key of a call for a session. */
export function start(ctx: CommandContext, actor: UserActor): Promise<StartedSession> {
  const { secret, facts, answer } = newSession(ctx);
  return execute(ctx, {
    input: {},
    secret: true,
    load: loadOwnerOfSessions(actor.userUuid, ctx.clock()),
    decide: ({ active, erasedAt, live }, { caller, now }) =>
      startSession({
        ...facts,
        owner: { id: actor.userId, active, erasedAt },
        source: "API_KEY",
        scopes: caller.scopes,
        parentId: toPublicId("apiKey", actor.keyUuid),
        grantsUntil: caller.keyEndsAt,
        live: toLiveSessions(live),
        now,
      }),
    write: (next, row) => insertSession(next, secret, row),
    answer,
  });
}

/** Redeems the one-time code of a call for a session. */
export function startByCode(ctx: CommandContext, actor: CodeActor): Promise<StartedSession> {
  const { secret, facts, answer } = newSession(ctx);
  return execute(ctx, {
    input: {},
    secret: true,
    load: loadRedeemed(actor.secret, ctx.keyBounds.maxPerUser, ctx.clock()),
    decide: (row, { now }) => {
      const { code, owner, ...rest } = redeemableFacts(row);
      if (!isRedeemable({ ...rest, code, owner, purpose: "SESSION", now })) throw wrongCode();
      return redeemForSession(toOwnedCode(row), {
        ...facts,
        owner: { ...owner, id: code.userId },
        parentId: parentOf(row),
        live: toLiveSessions(row.live),
        now,
      });
    },
    write: (next, row) => redeemForSessionRow(next, secret, row),
    answer,
  });
}

/** A key that its holder turned into a code for themself, directly or through a session of it, is what the session was exchanged for. */
function parentOf({ issuerId, userId, ...issuedWith }: RedeemedRow) {
  const { issuedWithId, issuedWithSession, issuedWithParentId } = issuedWith;
  const keyId = issuedWithSession ? issuedWithParentId : issuedWithId;
  return issuerId === userId && keyId !== null ? toPublicId("apiKey", keyId) : null;
}

function toStarted(session: OwnedSession): Session {
  return {
    id: session.id,
    device: session.name,
    startedWith: session.sessionFrom,
    scopes: session.scopes,
    effectiveScopes: effectiveScopes(session.scopes),
    current: true,
    createdAt: session.createdAt,
    lastUsedAt: null,
    idleEndsAt: session.idleEndsAt,
    expiresAt: session.expiresAt,
  };
}

/** Ends a session at once, on every replica. */
export function end(ctx: CommandContext, id: string): Promise<EndedSession> {
  return execute(ctx, {
    input: { id },
    load: loadSession(id),
    decide: (row, { caller, now }) => {
      if (!mayManageKeys(toPublicId("user", row.ownerId), caller)) throw noSuchSession();
      return endKey({ id, revokedAt: row.revokedAt }, now);
    },
    write: endSessionRow,
    answer: ({ revokedAt }) => {
      if (revokedAt === null) throw new DomainError("internal_error", "The session has no end.");
      return { id, endedAt: revokedAt };
    },
  });
}
