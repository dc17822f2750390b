import type { StateSubject } from "../log/state-verification.ts";
import { ERASED_USER_NAME, erasedEmail } from "../people/erasure.ts";
import { isOpen, type Status } from "../rules/status.ts";
import { EFFECTS } from "./logged-fields.ts";
import type { LoggedEntry, LoggedValue, LoggedValues } from "./logged-row.ts";

type Implied = Record<string, LoggedValue>;

/**
 * What an entry says of a row beside its `changes`: when the row was created and last changed, how often, and by which user.
 * @param before the row's fields
 * @param fields the same with the entry's changes
 */
export function implied(
  subject: StateSubject,
  id: string,
  entry: LoggedEntry,
  before: LoggedValues,
  fields: LoggedValues,
): Implied {
  const isNew = EFFECTS[entry.action] === "creates";
  const common: Implied = isNew ? { createdAt: { value: entry.occurredAt } } : {};
  switch (subject) {
    case "request":
      return { ...common, ...version(isNew, fields), ...timesOfRequest(isNew, entry, fields) };
    case "comment":
      return { ...common, authorId: actor(entry), serviceRequestId: of(entry) };
    case "user":
      return {
        ...common,
        ...versionOfUser(entry, fields),
        ...erased(id, entry),
        ...identities(entry, fields),
      };
    case "category":
      return { ...common, ...version(isNew, fields) };
    case "webhook":
      return {
        ...common,
        ...version(isNew, fields),
        ...secretOf(entry, fields),
        ...(isNew && { ownerId: actor(entry), createdById: actor(entry) }),
      };
    case "api_key":
      return { ...common, ...revocation(before, fields) };
    case "code":
      return isNew ? { ...common, issuerId: actor(entry) } : common;
  }
}

function actor({ actorId }: LoggedEntry): LoggedValue {
  return { value: actorId };
}

function of({ serviceRequestId }: LoggedEntry): LoggedValue {
  return { value: serviceRequestId };
}

function version(isNew: boolean, { version }: LoggedValues): Implied {
  if (isNew) return { version: { value: 1 } };
  if (version === undefined || !("value" in version)) return {};
  return { version: { value: Number(version.value) + 1 } };
}

// The version counts changes of what a user is, which an account is not part of.
function versionOfUser({ action }: LoggedEntry, fields: LoggedValues): Implied {
  return action === "user.identity_linked" ? {} : version(EFFECTS[action] === "creates", fields);
}

// Only active users sign in: a user who is deactivated or erased loses every account.
function identities({ action }: LoggedEntry, { active, identities }: LoggedValues): Implied {
  const none = { value: null };
  if (EFFECTS[action] === "creates") return { identities: { value: 0 } };
  if (known(active) === false) return { issuer: none, account: none, identities: { value: 0 } };
  if (action !== "user.identity_linked" || identities === undefined) return {};
  return { identities: { value: Number(known(identities)) + 1 } };
}

function timesOfRequest(isNew: boolean, entry: LoggedEntry, fields: LoggedValues): Implied {
  const now = { value: entry.occurredAt };
  if (isNew) return { updatedAt: now, startedAt: { value: null }, closedAt: { value: null } };
  if (entry.action !== "request.transitioned") return { updatedAt: now };
  const status = known(fields.status) as Status;
  const isStart = status === "IN_PROGRESS" && known(fields.startedAt) === null;
  return {
    updatedAt: now,
    closedAt: isOpen(status) ? { value: null } : now,
    ...(isStart && { startedAt: now }),
  };
}

function erased(id: string, { action }: LoggedEntry): Implied {
  if (action !== "user.erased") return {};
  return {
    email: { value: erasedEmail(id) },
    fullName: { value: ERASED_USER_NAME },
    locale: { value: null },
    timeZone: { value: null },
  };
}

// A rotation without an overlap records the moment at which the old secret ended; the row then has none.
function secretOf({ action, occurredAt }: LoggedEntry, fields: LoggedValues): Implied {
  const until = known(fields.oldSecretUntil);
  const isOver = action === "webhook.secret_rotated" && String(until) <= occurredAt;
  return isOver ? { oldSecretUntil: { value: null } } : {};
}

// A key that was revoked while its owner was being erased keeps the earlier end.
function revocation(before: LoggedValues, fields: LoggedValues): Implied {
  const [earlier, later] = [known(before.revokedAt), known(fields.revokedAt)];
  const stays = typeof earlier === "string" && String(later) > earlier;
  return stays ? { revokedAt: { value: earlier } } : {};
}

function known(logged: LoggedValue | undefined): unknown {
  return logged !== undefined && "value" in logged ? logged.value : undefined;
}
