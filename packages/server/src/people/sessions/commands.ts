import {
  DomainError,
  deviceOf,
  type EndedSession,
  effectiveScopes,
  endKey,
  mayManageKeys,
  type Session,
  startSession,
  toPublicId,
} from "@serviceflow/domain";
import { formatSessionSecret, maskApiKey } from "../../access/api-key-format.ts";
import { execute } from "../../commands/command.ts";
import { newUuid, secretBytes, shownSecret } from "../../commands/dry-run.ts";
import type { CommandContext, UserActor } from "../../context.ts";
import { loadOwnerOfSessions, loadSession, toLiveSessions } from "./loads.ts";
import { noSuchSession } from "./store.ts";
import { endSessionRow, insertSession } from "./writes.ts";

/** A new session with the secret of its cookie. */
interface StartedSession {
  session: Session;
  secret: string;
}

/** Exchanges the API key of a call for a session. */
export function start(ctx: CommandContext & { actor: UserActor }): Promise<StartedSession> {
  const { actor } = ctx;
  const secret = formatSessionSecret(secretBytes(ctx)(32));
  const id = toPublicId("apiKey", newUuid(ctx));
  return execute(ctx, {
    input: {},
    secret: true,
    load: loadOwnerOfSessions(actor.userUuid, ctx.clock()),
    decide: (row, { caller, now }) =>
      startSession({
        id,
        owner: { id: actor.userId, active: row.active, erasedAt: row.erasedAt },
        masked: maskApiKey(secret),
        device: deviceOf(ctx.header("user-agent")),
        source: "API_KEY",
        scopes: caller.scopes,
        parentId: toPublicId("apiKey", actor.keyUuid),
        grantsUntil: caller.keyEndsAt,
        live: toLiveSessions(row.live),
        bounds: ctx.sessionBounds,
        keyBounds: ctx.keyBounds,
        now,
      }),
    write: (next, row) => insertSession(next, secret, row),
    answer: ({ session }) => ({
      session: {
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
      },
      secret: shownSecret(ctx, secret),
    }),
  });
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
