import type { StateTableName } from "@serviceflow/domain";

/** Tampering with one column: the field it is named by, and SQL for a value that it does not have; `it` is what it has. */
export type ColumnEdit = readonly [field: string, value: string];

const NEXT = "it + 1";
const LATER = "coalesce(it, now()) + interval '1 s'";
const ANOTHER_USER = "(select id from users where id is distinct from it order by id desc limit 1)";
const TEXT = "it || 'x'";
const SOME_TEXT = "coalesce(it, '') || 'x'";
const OPPOSITE = "not it";

/** Every column that the log records, and how it can be changed. */
export const LOGGED_COLUMNS: Readonly<Record<StateTableName, Record<string, ColumnEdit>>> = {
  users: {
    email: ["email", TEXT],
    full_name: ["fullName", TEXT],
    role: ["role", "case it when 'ADMIN' then 'EMPLOYEE' else 'ADMIN' end"],
    kind: ["kind", "case it when 'BOT' then 'HUMAN' else 'BOT' end"],
    active: ["active", OPPOSITE],
    locale: ["locale", SOME_TEXT],
    time_zone: ["timeZone", SOME_TEXT],
    erased_at: ["erasedAt", LATER],
    version: ["version", NEXT],
    created_at: ["createdAt", LATER],
  },
  api_keys: {
    user_id: ["userId", ANOTHER_USER],
    name: ["name", TEXT],
    scopes: ["scopes", "case it when '{admin}' then '{requests:read}'::text[] else '{admin}' end"],
    expires_at: ["expiresAt", LATER],
    revoked_at: ["revokedAt", LATER],
    created_at: ["createdAt", LATER],
    session_from: ["sessionFrom", "case it when 'CODE' then 'API_KEY' else 'CODE' end"],
    parent_id: ["parentId", "(select id from api_keys where id is distinct from it limit 1)"],
    grants_until: ["grantsUntil", LATER],
  },
  one_time_codes: {
    user_id: ["userId", ANOTHER_USER],
    purpose: ["purpose", "case it when 'SESSION' then 'API_KEY' else 'SESSION' end"],
    scopes: ["scopes", "case it when '{admin}' then '{requests:read}'::text[] else '{admin}' end"],
    issuer_id: ["issuerId", ANOTHER_USER],
    grants_until: ["grantsUntil", LATER],
    created_at: ["createdAt", LATER],
    expires_at: ["expiresAt", LATER],
  },
  categories: {
    name: ["name", TEXT],
    names: ["names", `it || '{"fr": "Autre"}'`],
    description: ["description", TEXT],
    active: ["active", OPPOSITE],
    version: ["version", NEXT],
    created_at: ["createdAt", LATER],
  },
  requests: {
    title: ["title", TEXT],
    description: ["description", TEXT],
    status: ["status", "case it when 'NEW' then 'DONE' else 'NEW' end"],
    priority: ["priority", "case it when 'LOW' then 'URGENT' else 'LOW' end"],
    category: ["category", TEXT],
    requester_id: ["requesterId", ANOTHER_USER],
    submitter_id: ["submitterId", ANOTHER_USER],
    assignee_id: ["assigneeId", ANOTHER_USER],
    version: ["version", NEXT],
    created_at: ["createdAt", LATER],
    updated_at: ["updatedAt", LATER],
    started_at: ["startedAt", LATER],
    closed_at: ["closedAt", LATER],
  },
  comments: {
    request_id: [
      "serviceRequestId",
      "(select id from requests where id <> it order by id desc limit 1)",
    ],
    author_id: ["authorId", ANOTHER_USER],
    visibility: ["visibility", "case it when 'PUBLIC' then 'INTERNAL' else 'PUBLIC' end"],
    body: ["body", TEXT],
    created_at: ["createdAt", LATER],
  },
  webhooks: {
    url: ["url", TEXT],
    description: ["description", TEXT],
    event_types: ["eventTypes", "it || '{request.created}'::text[]"],
    include_internal: ["includeInternal", OPPOSITE],
    owner_id: ["ownerId", ANOTHER_USER],
    created_by_id: ["createdById", ANOTHER_USER],
    active: ["active", OPPOSITE],
    disabled_because: ["disabledBecause", "case it when 'GONE' then 'FAILING' else 'GONE' end"],
    old_secret_until: ["oldSecretUntil", LATER],
    version: ["version", NEXT],
    created_at: ["createdAt", LATER],
  },
};

/** What the log never holds: secrets, what is computed, and what the server notes beside the entries. */
export const UNLOGGED_COLUMNS: Readonly<Record<StateTableName, readonly string[]>> = {
  users: ["log_erased_at", "keys_version"],
  api_keys: ["hash", "prefix", "last_four", "last_used_at", "idle_ends_at", "provider_session"],
  one_time_codes: ["hash", "name", "issued_with_id"],
  categories: [],
  requests: ["id", "last_comment_at", "last_public_comment_at", "counted_version"],
  comments: [],
  webhooks: ["failing_since", "secret", "old_secret", "position", "lease", "leased_until"],
};

/** The column whose value is the row's public id, or makes it. */
export const ID_COLUMNS: Readonly<Record<StateTableName, string>> = {
  users: "id",
  api_keys: "id",
  one_time_codes: "id",
  categories: "slug",
  requests: "number",
  comments: "id",
  webhooks: "id",
};
