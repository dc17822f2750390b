import { DomainError } from "../error.ts";
import { draftEntry } from "../log/audit-entry.ts";
import { changed, type Decision } from "../rules/decision.ts";
import { isAlwaysAllowed } from "../rules/permissions.ts";
import { type Caller, type Role, SCOPES, type Scope } from "../rules/roles.ts";
import {
  firstKey,
  issued,
  type NewKeyFacts,
  type OwnedKey,
  requireMayManageKeys,
  requireScopesWithin,
} from "./api-key.ts";
import { codeRevoked } from "./code-entries.ts";
import { requireRoomForKey } from "./key-bounds.ts";
import {
  type LiveSession,
  type OwnedSession,
  type StartSessionFacts,
  startSession,
} from "./session.ts";
import { requireNotErased, type User } from "./user.ts";

/** What a one-time code is redeemed for. */
export const CODE_PURPOSES = ["SESSION", "API_KEY"] as const;
export type CodePurpose = (typeof CODE_PURPOSES)[number];

/** So many codes a user can have outstanding; another one revokes the oldest. */
export const MAX_CODES_PER_USER = 10;

/** An outstanding one-time code without its secret. Times are ISO 8601 in UTC. */
export interface OneTimeCode {
  /** `cod_...` */
  id: string;
  /** Who becomes what it is redeemed for. */
  userId: string;
  purpose: CodePurpose;
  /** What it is for; the name of the key that it is redeemed for. */
  name: string;
  /** Of the key or session that it is redeemed for. */
  scopes: Scope[];
  /** Who issued it; null: the operator. */
  issuerId: string | null;
  createdAt: string;
  expiresAt: string;
}

/** A new one-time code with its secret, which is in no other response. */
export interface OneTimeCodeWithSecret extends OneTimeCode {
  code: string;
}

/** A user who was invited, and the code to sign in with. */
export interface Invitation {
  user: User;
  code: OneTimeCodeWithSecret;
}

export interface IssueCodeInput {
  purpose: CodePurpose;
  /** Default: `Sign-in`, or `Linked` for a key. */
  name?: string | undefined;
  /** Default: those of the caller; at most those that it includes. */
  scopes?: Scope[] | undefined;
}

/** A code as it is stored. */
export interface OwnedCode extends OneTimeCode {
  /** By when what it is redeemed for ends, and what that issues; null: it need not. */
  grantsUntil: string | null;
}

const MINUTE_MS = 60_000;
const OWN_LIFETIME_MS = 10 * MINUTE_MS;
const INVITATION_LIFETIME_MS = 72 * 60 * MINUTE_MS;
const DEFAULT_NAMES: Readonly<Record<CodePurpose, string>> = {
  SESSION: "Sign-in",
  API_KEY: "Linked",
};

/** What a new code is made from. */
export interface IssueCodeFacts {
  id: string;
  caller: Caller;
  /** Id of the user who issues it; null: the operator. */
  issuerId: string | null;
  owner: Pick<User, "id" | "erasedAt">;
  /** Ids of the owner's outstanding codes, the oldest first. */
  outstanding: readonly string[];
  now: string;
}

/** A new code, and the ids of those that make room for it. */
export interface IssuedCode {
  code: OwnedCode;
  revoked: readonly string[];
}

/**
 * Issues a one-time code: for oneself for ten minutes, for others for 72 hours. It grants at most the scopes and the time of
 * the caller's key.
 * @throws DomainError `forbidden`, `user_erased`, `insufficient_scope`
 */
export function issueCode(
  input: IssueCodeInput,
  { id, caller, issuerId, owner, outstanding, now }: IssueCodeFacts,
): Decision<IssuedCode> {
  requireMayManageKeys(owner.id, caller);
  requireNotErased(owner);
  requireScopesWithin(input.scopes, caller);
  const granted = input.scopes ?? caller.scopes;
  const lifetimeMs = owner.id === issuerId ? OWN_LIFETIME_MS : INVITATION_LIFETIME_MS;
  const code: OwnedCode = {
    id,
    userId: owner.id,
    purpose: input.purpose,
    name: input.name ?? DEFAULT_NAMES[input.purpose],
    scopes: SCOPES.filter((scope) => granted.includes(scope)),
    issuerId,
    createdAt: now,
    expiresAt: new Date(Date.parse(now) + lifetimeMs).toISOString(),
    grantsUntil: caller.keyEndsAt,
  };
  const surplus = Math.max(0, outstanding.length - MAX_CODES_PER_USER + 1);
  const revoked = outstanding.slice(0, surplus);
  return changed({ code, revoked }, codeIssued(code), ...revoked.map(codeRevoked));
}

function codeIssued(code: OwnedCode) {
  return draftEntry("code.issued", { id: code.id, before: null, after: code });
}

/** What decides whether a code can be redeemed. */
export interface RedeemableFacts {
  code: Pick<OwnedCode, "purpose" | "expiresAt" | "userId" | "issuerId">;
  owner: Pick<User, "active" | "erasedAt">;
  /** Who issued it, as they are now; null: the operator. */
  issuer: { active: boolean; role: Role } | null;
  /** When the key or session ends that it was issued with; null: never, or the operator issued it. */
  issuedWithEndsAt: string | null;
  purpose: CodePurpose;
  now: string;
}

/**
 * Whether a code can be redeemed: it has not expired, its user is active, and its issuer could still issue it. One's own also
 * ends with the key or session that issued it; an invitation outlives that.
 */
export function isRedeemable(facts: RedeemableFacts): boolean {
  const { code, owner, issuer, issuedWithEndsAt, purpose, now } = facts;
  if (code.purpose !== purpose || code.expiresAt <= now) return false;
  if (!owner.active || owner.erasedAt !== null) return false;
  if (code.issuerId === null) return true;
  if (code.issuerId === code.userId) return issuedWithEndsAt === null || issuedWithEndsAt > now;
  return issuer?.active === true && isAlwaysAllowed("api_key.manageAny", issuer);
}

/** Of any code that cannot be redeemed: which one of them it is, nobody learns. */
export function wrongCode(): DomainError {
  return new DomainError(
    "unauthenticated",
    "This one-time code is wrong, was used or has expired: ask for a new one.",
  );
}

function redeemed(code: OwnedCode, exchangedFor: string) {
  return draftEntry("code.redeemed", { id: code.id, before: null, after: { exchangedFor } });
}

/**
 * Redeems a code for a session.
 * @throws DomainError `unauthenticated`
 */
export function redeemForSession(
  code: OwnedCode,
  facts: Omit<StartSessionFacts, "source" | "scopes" | "grantsUntil">,
): Decision<{ session: OwnedSession; ended: readonly Pick<LiveSession, "id">[] }> {
  const { scopes, grantsUntil } = code;
  const decision = startSession({ ...facts, source: "CODE", scopes, grantsUntil });
  if (!decision.changed) return decision;
  return { ...decision, entries: [redeemed(code, facts.id), ...decision.entries] };
}

/**
 * Redeems a code for an API key of its name and scopes.
 * @throws DomainError `too_many_api_keys`
 */
export function redeemForKey(
  code: OwnedCode,
  { activeKeys, ...facts }: Omit<NewKeyFacts, "userId"> & { activeKeys: number },
): Decision<OwnedKey> {
  requireRoomForKey(activeKeys, facts.bounds);
  const creator = { scopes: code.scopes, keyEndsAt: code.grantsUntil };
  const key = { ...firstKey({ ...facts, userId: code.userId, creator }), name: code.name };
  return changed(key, redeemed(code, key.id), issued(key));
}
