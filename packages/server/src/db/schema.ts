import {
  type AuditAction,
  type Changes,
  CODE_PURPOSES,
  type CodePurpose,
  DELIVERY_STATUSES,
  type DeliveryStatus,
  DISABLED_BECAUSE,
  type DisabledBecause,
  type EventType,
  PRIORITIES,
  type Priority,
  type PrivateValues,
  ROLES,
  type Role,
  type Scope,
  type SessionSource,
  STATUSES,
  type Status,
  type SubjectType,
  USER_KINDS,
  type UserKind,
  VISIBILITIES,
  type Visibility,
} from "@serviceflow/domain";
import { type SQL, sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  customType,
  index,
  integer,
  jsonb,
  pgSequence,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

const bytea = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });
const xid8 = customType<{ data: string }>({ dataType: () => "xid8" });
/** Compared byte by byte, which is cheaper than by a language's rules. */
const bytewise = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });
const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" });

// Milliseconds, JavaScript's precision: an answer and its row hold the same time.
const moment = (name: string) =>
  timestamp(name, { withTimezone: true, precision: 3, mode: "string" });

/**
 * What requests are counted by: status and priority, category, assignee of those that are open and of those that are
 * closed, and the time until they were started and closed.
 */
export type CountKind = "STATE" | "CATEGORY" | "OPEN" | "CLOSED" | "START" | "CLOSE";

export const WORDS_KINDS = ["REQUEST", "USER"] as const;
export type WordsKind = (typeof WORDS_KINDS)[number];

function oneOf(column: AnyPgColumn, values: readonly string[]): SQL {
  return sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(", "))})`;
}

export const roles = pgTable("roles", {
  name: text("name").$type<Role>().primaryKey(),
  /** Compared and raised by each change of who holds the role, which serializes such changes. */
  rosterVersion: integer("roster_version").notNull().default(1),
});

export const users = pgTable(
  "users",
  {
    id: uuid("id").primaryKey(),
    email: text("email").notNull().unique("users_email_unique"),
    fullName: text("full_name").notNull(),
    role: text("role")
      .$type<Role>()
      .notNull()
      .references(() => roles.name),
    kind: text("kind").$type<UserKind>().notNull(),
    active: boolean("active").notNull().default(true),
    /** BCP 47. */
    locale: text("locale"),
    /** IANA. */
    timeZone: text("time_zone"),
    /** When name and address were replaced. */
    erasedAt: moment("erased_at"),
    /** When the last of their personal data in the log was erased. */
    logErasedAt: moment("log_erased_at"),
    version: integer("version").notNull().default(1),
    /** Raised by each change of their API keys, so that concurrent changes count one another's keys. */
    keysVersion: integer("keys_version").notNull().default(1),
    createdAt: moment("created_at").notNull(),
  },
  (t) => [
    index("users_role_id_idx").on(t.role, t.id),
    check("users_role_check", oneOf(t.role, ROLES)),
    check("users_kind_check", oneOf(t.kind, USER_KINDS)),
    check("users_email_check", sql`${t.email} = lower(${t.email})`),
  ],
);

/** Which account of an identity provider a user signs in with. Removed when the user is deactivated or erased. */
export const userIdentities = pgTable(
  "user_identities",
  {
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    issuer: text("issuer").notNull(),
    subject: text("subject").notNull(),
    createdAt: moment("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.issuer] }),
    uniqueIndex("user_identities_issuer_subject_idx").on(t.issuer, t.subject),
  ],
);

export const apiKeys = pgTable(
  "api_keys",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    name: text("name").notNull(),
    /** SHA-256 of the key: 256 random bits need no slow hash. */
    hash: bytea("hash").notNull().unique("api_keys_hash_unique"),
    prefix: text("prefix").notNull(),
    lastFour: text("last_four").notNull(),
    scopes: text("scopes").array().$type<Scope[]>().notNull(),
    expiresAt: moment("expires_at"),
    lastUsedAt: moment("last_used_at"),
    revokedAt: moment("revoked_at"),
    createdAt: moment("created_at").notNull(),
    /** Of a session: what it was exchanged for. Null: an API key. */
    sessionFrom: text("session_from").$type<SessionSource>(),
    /** When a session ends unless it is used; moved by each use. */
    idleEndsAt: moment("idle_ends_at"),
    /** The API key that a session was exchanged for, and ends with. */
    parentId: uuid("parent_id"),
    /** By when the keys that a session issues end; null: they need not. */
    grantsUntil: moment("grants_until"),
    /** Of a session that an identity provider started: SHA-256 of its issuer and its own id of its session. */
    providerSession: bytea("provider_session"),
  },
  (t) => [
    index("api_keys_user_id_id_idx").on(t.userId, t.id),
    // Keys among any number of sessions that have ended.
    index("api_keys_user_id_keys_idx")
      .on(t.userId, t.id)
      .where(sql`session_from is null`)
      .concurrently(),
    // Finds a user's active keys among any number of ended ones.
    index("api_keys_user_id_end_idx").on(
      t.userId,
      sql`(coalesce(least(${t.revokedAt}, ${t.expiresAt}), 'infinity'))`,
    ),
    // Finds what the provider signs out.
    index("api_keys_provider_session_idx")
      .on(t.providerSession)
      .where(sql`provider_session is not null`)
      .concurrently(),
    // Finds the sessions that ended long ago.
    index("api_keys_session_end_idx")
      .on(sql`(coalesce(least(${t.revokedAt}, ${t.expiresAt}), 'infinity'))`)
      .where(sql`session_from is not null`)
      .concurrently(),
    check("api_keys_hash_check", sql`octet_length(${t.hash}) = 32`),
    check(
      "api_keys_session_check",
      sql`case when ${t.sessionFrom} is null then ${t.idleEndsAt} is null
        else ${t.idleEndsAt} is not null and ${t.expiresAt} is not null end`,
    ),
  ],
);

/** Outstanding one-time codes: one that is redeemed, revoked or swept after its expiry is removed. */
export const oneTimeCodes = pgTable(
  "one_time_codes",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    /** SHA-256 of the code: 256 random bits need no slow hash. */
    hash: bytea("hash").notNull().unique("one_time_codes_hash_unique"),
    purpose: text("purpose").$type<CodePurpose>().notNull(),
    name: text("name").notNull(),
    scopes: text("scopes").array().$type<Scope[]>().notNull(),
    /** Null: the operator. */
    issuerId: uuid("issuer_id").references(() => users.id),
    /** The key or session that it was issued with. */
    issuedWithId: uuid("issued_with_id"),
    grantsUntil: moment("grants_until"),
    createdAt: moment("created_at").notNull(),
    expiresAt: moment("expires_at").notNull(),
  },
  (t) => [
    index("one_time_codes_user_id_id_idx").on(t.userId, t.id),
    index("one_time_codes_expires_at_idx").on(t.expiresAt),
    check("one_time_codes_hash_check", sql`octet_length(${t.hash}) = 32`),
    check("one_time_codes_purpose_check", oneOf(t.purpose, CODE_PURPOSES)),
  ],
);

export const categories = pgTable("categories", {
  slug: text("slug").primaryKey(),
  name: text("name").notNull(),
  /** In other languages, by BCP 47 tag. */
  names: jsonb("names").$type<Record<string, string>>().notNull().default({}),
  description: text("description").notNull(),
  active: boolean("active").notNull().default(true),
  version: integer("version").notNull().default(1),
  createdAt: moment("created_at").notNull(),
});

export const REQUEST_NUMBER = "request_number";
export const requestNumber = pgSequence(REQUEST_NUMBER, { startWith: 1001 });

export const requests = pgTable(
  "requests",
  {
    /** UUIDv7 of the moment it was filed: its order is the order of filing. */
    id: uuid("id").primaryKey(),
    number: integer("number").notNull().unique("requests_number_unique"),
    title: text("title").notNull(),
    description: text("description").notNull(),
    status: text("status").$type<Status>().notNull(),
    priority: text("priority").$type<Priority>().notNull(),
    category: text("category")
      .notNull()
      .references(() => categories.slug),
    requesterId: uuid("requester_id")
      .notNull()
      .references(() => users.id),
    submitterId: uuid("submitter_id")
      .notNull()
      .references(() => users.id),
    assigneeId: uuid("assignee_id").references(() => users.id),
    version: integer("version").notNull().default(1),
    createdAt: moment("created_at").notNull(),
    updatedAt: moment("updated_at").notNull(),
    startedAt: moment("started_at"),
    closedAt: moment("closed_at"),
    /** Null: no comment. */
    lastCommentAt: moment("last_comment_at"),
    lastPublicCommentAt: moment("last_public_comment_at"),
    /** The last version that was written with all that follows from it, such as its delta; triggers complete any other. */
    countedVersion: integer("counted_version"),
  },
  (t) => [
    index("requests_status_id_idx").on(t.status, t.id),
    index("requests_priority_id_idx").on(t.priority, t.id),
    index("requests_category_id_idx").on(t.category, t.id),
    index("requests_requester_id_id_idx").on(t.requesterId, t.id),
    index("requests_assignee_id_id_idx").on(t.assigneeId, t.id),
    index("requests_activity_idx")
      .on(sql`(greatest(${t.updatedAt}, ${t.lastCommentAt}))`, t.id)
      .concurrently(),
    index("requests_public_activity_idx")
      .on(sql`(greatest(${t.updatedAt}, ${t.lastPublicCommentAt}))`, t.id)
      .concurrently(),
    index("requests_status_priority_id_idx").on(t.status, t.priority, t.id).concurrently(),
    index("requests_assignee_id_status_priority_id_idx")
      .on(t.assigneeId, t.status, t.priority, t.id)
      .concurrently(),
    index("requests_submitter_id_id_idx")
      .on(t.submitterId, t.id)
      .concurrently()
      .where(sql`requester_id <> submitter_id`),
    index("requests_updated_at_id_idx").on(t.updatedAt, t.id).concurrently(),
    index("requests_closed_at_id_idx")
      .on(t.closedAt, t.id)
      .concurrently()
      .where(sql`closed_at is not null`),
    check("requests_status_check", oneOf(t.status, STATUSES)),
    check("requests_priority_check", oneOf(t.priority, PRIORITIES)),
    check("requests_title_check", sql`char_length(${t.title}) between 2 and 200`),
    check("requests_description_check", sql`char_length(${t.description}) <= 10000`),
    check(
      "requests_in_progress_check",
      sql`${t.status} <> 'IN_PROGRESS' or (${t.assigneeId} is not null and ${t.startedAt} is not null)`,
    ),
    check(
      "requests_closed_check",
      sql`(${t.status} in ('DONE', 'CANCELED')) = (${t.closedAt} is not null)`,
    ),
  ],
);

/** The legal status changes, for the trigger that guards them; filled from the domain's table. */
export const statusTransitions = pgTable(
  "status_transitions",
  {
    fromStatus: text("from_status").$type<Status>().notNull(),
    toStatus: text("to_status").$type<Status>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.fromStatus, t.toStatus] })],
);

export const comments = pgTable(
  "comments",
  {
    id: uuid("id").primaryKey(),
    requestId: uuid("request_id")
      .notNull()
      .references(() => requests.id),
    authorId: uuid("author_id")
      .notNull()
      .references(() => users.id),
    visibility: text("visibility").$type<Visibility>().notNull(),
    body: text("body").notNull(),
    createdAt: moment("created_at").notNull(),
  },
  (t) => [
    index("comments_request_id_id_idx").on(t.requestId, t.id),
    check("comments_visibility_check", oneOf(t.visibility, VISIBILITIES)),
    check("comments_body_check", sql`char_length(${t.body}) between 1 and 10000`),
  ],
);

/**
 * Who filed, held or commented on a request, and whether it is unread for them. It follows from the other tables but
 * for the marks, and is written with them; triggers write it for a build that does not.
 */
export const requestParticipants = pgTable(
  "request_participants",
  {
    // No foreign keys: requests and users are never deleted, and a check would lock them for each activity.
    userId: uuid("user_id").notNull(),
    requestId: uuid("request_id").notNull(),
    /** When they last filed it, received it or commented; null: they have only marked it. */
    participatedAt: moment("participated_at"),
    /** When others last changed it or commented publicly; null: never. A mark of what was read before is too old. */
    changedAt: moment("changed_at"),
    /** The same for internal comments. */
    changedInternallyAt: moment("changed_internally_at"),
    /** Whether that was after they last read it, or they marked it as unread. */
    unread: boolean("unread").notNull(),
    /** The same for internal comments. */
    unreadInternally: boolean("unread_internally").notNull(),
    /** The activity up to which they have marked it as read; null: never, or an earlier build did. */
    readUpTo: moment("read_up_to"),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.requestId] }),
    index("request_participants_request_id_idx")
      .on(t.requestId, t.participatedAt)
      .where(sql`participated_at is not null`),
    index("request_participants_unread_idx").on(t.userId, t.requestId).where(sql`unread`),
    index("request_participants_any_unread_idx")
      .on(t.userId, t.requestId)
      .where(sql`unread or unread_internally`),
  ],
);

/** Which closed request a request follows up. */
export const followUps = pgTable(
  "follow_ups",
  {
    requestId: uuid("request_id")
      .primaryKey()
      .references(() => requests.id),
    followsUpId: uuid("follows_up_id")
      .notNull()
      .references(() => requests.id),
  },
  (t) => [index("follow_ups_follows_up_id_idx").on(t.followsUpId, t.requestId)],
);

/** How far rows that an earlier build left have been completed. */
export const backfills = pgTable("backfills", {
  name: text("name").primaryKey(),
  /** The last row that is complete. */
  place: uuid("place").notNull(),
});

/**
 * What requests are searched by, derived from their texts: each word and its stem, of the title and description with the
 * weight A. A request has one row, and further ones when its comments have very many words. No foreign key: requests
 * stay, and checking one would lock the request for each comment.
 */
export const requestWords = pgTable(
  "request_words",
  {
    requestId: uuid("request_id").notNull(),
    part: integer("part").notNull(),
    number: integer("number").notNull(),
    /** Of the request when its title or description was last read; of part 0 only. */
    version: integer("version").notNull(),
    lastCommentId: uuid("last_comment_id"),
    /** No public word stands after it. */
    lastPlace: integer("last_place").notNull().default(0),
    /** No word of a public comment stands after it. */
    lastCommentPlace: integer("last_comment_place").notNull().default(0),
    words: tsvector("words").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.requestId, t.part] }),
    // Each step of a search reads the pending list as well, so it is as short as it can be.
    index("request_words_words_idx").using("gin", t.words).with({ gin_pending_list_limit: 64 }),
  ],
);

/** The words that the beginning of a word is looked up in; those of internal comments apart. */
export const knownWords = pgTable("known_words", { word: text("word").notNull() }, (t) => [
  uniqueIndex("known_words_word_idx").on(t.word.op("text_pattern_ops")),
]);

/** The words of each user's name. A trigger removes them when the name changes. */
export const userWords = pgTable(
  "user_words",
  { word: text("word").notNull(), userId: uuid("user_id").notNull() },
  (t) => [
    uniqueIndex("user_words_word_user_id_idx").on(t.word.op("text_pattern_ops"), t.userId),
    index("user_words_user_id_idx").on(t.userId),
  ],
);

/** What was written without its words, by an older build or by SQL: triggers note it, and a job adds the words. */
export const wordsDue = pgTable(
  "words_due",
  {
    kind: text("kind").$type<WordsKind>().notNull(),
    subjectId: uuid("subject_id").notNull(),
  },
  (t) => [
    // Requests come before users.
    primaryKey({ columns: [t.kind, t.subjectId] }),
    check("words_due_kind_check", oneOf(t.kind, WORDS_KINDS)),
  ],
);

/** One row: what may be without its words yet. */
export const wordsBackfill = pgTable(
  "words_backfill",
  {
    only: boolean("only").primaryKey().default(true),
    /** Requests with a lower number; 0: none. */
    below: integer("below").notNull(),
    /** Users with this id or a lower one; null: none. */
    usersUpTo: uuid("users_up_to"),
  },
  (t) => [check("words_backfill_only_check", sql`${t.only}`)],
);

/** What a write has changed that statistics count, until a job adds it to the counts. No index: all of it is read. */
export const requestDeltas = pgTable("request_deltas", {
  requestId: uuid("request_id").notNull(),
  createdAt: moment("created_at").notNull(),
  /** Null: the request is new. */
  wasStatus: text("was_status").$type<Status>(),
  /** Null: it was deleted, by SQL. */
  status: text("status").$type<Status>(),
  wasPriority: text("was_priority").$type<Priority>(),
  priority: text("priority").$type<Priority>(),
  wasCategory: text("was_category"),
  category: text("category"),
  wasAssigneeId: uuid("was_assignee_id"),
  assigneeId: uuid("assignee_id"),
  wasStartedAt: moment("was_started_at"),
  startedAt: moment("started_at"),
  wasClosedAt: moment("was_closed_at"),
  closedAt: moment("closed_at"),
});

/** The counts that are kept or being built. Statistics are read from the last one that is complete. */
export const statsBuilds = pgTable("stats_builds", {
  build: integer("build").primaryKey().generatedAlwaysAsIdentity(),
  /** Requests up to this id are counted. */
  place: uuid("place").notNull(),
  complete: boolean("complete").notNull(),
});

/** How many requests that were filed in a block of days have something in common. */
export const requestCounts = pgTable(
  "request_counts",
  {
    build: integer("build").notNull(),
    /** A block has 2^grain days. */
    grain: integer("grain").notNull(),
    /** The days since 1970 in UTC, shifted by the grain. */
    block: integer("block").notNull(),
    kind: text("kind").$type<CountKind>().notNull(),
    key: bytewise("key").notNull(),
    count: integer("count").notNull(),
  },
  (t) => [primaryKey({ columns: [t.build, t.grain, t.block, t.kind, t.key] })],
);

/** How many requests were filed and closed in a block of quarters of an hour. */
export const requestFlows = pgTable(
  "request_flows",
  {
    build: integer("build").notNull(),
    /** A block has 2^grain quarters. */
    grain: integer("grain").notNull(),
    /** The quarters since 1970 in UTC, shifted by the grain. */
    block: integer("block").notNull(),
    created: integer("created").notNull(),
    closed: integer("closed").notNull(),
  },
  (t) => [primaryKey({ columns: [t.build, t.grain, t.block] })],
);

/** Append-only: triggers refuse everything but INSERT. */
export const auditLogs = pgTable(
  "audit_logs",
  {
    seq: bigint("seq", { mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
    /** The transaction that wrote it: a reader of the log bounds itself by it, since seq is not the commit order. */
    xid: xid8("xid").notNull().default(sql`pg_current_xact_id()`),
    id: uuid("id").notNull().unique("audit_logs_id_unique"),
    // No foreign keys: people, keys and requests stay, and checking three would take a tenth of the write and lock them.
    actorId: uuid("actor_id"),
    apiKeyId: uuid("api_key_id"),
    action: text("action").$type<AuditAction>().notNull(),
    subjectType: text("subject_type").$type<SubjectType>().notNull(),
    /** The public id. */
    subjectId: text("subject_id").notNull(),
    serviceRequestId: uuid("service_request_id"),
    /** Of that request, so that the log is read alone; null: an earlier build wrote it, and the request has it. */
    requestNumber: integer("request_number"),
    /** With a commitment in the place of each private value, as have the three below. */
    changes: jsonb("changes").$type<Changes>().notNull(),
    reasonCommitment: text("reason_commitment"),
    internal: boolean("internal").notNull(),
    requestId: text("request_id").notNull(),
    clientAddressCommitment: text("client_address_commitment"),
    userAgentCommitment: text("user_agent_commitment"),
    occurredAt: moment("occurred_at").notNull(),
  },
  (t) => [
    index("audit_logs_xid_seq_idx").on(t.xid, t.seq),
    index("audit_logs_service_request_id_seq_idx").on(t.serviceRequestId, t.seq),
    index("audit_logs_actor_id_seq_idx").on(t.actorId, t.seq),
    index("audit_logs_subject_id_seq_idx").on(t.subjectId, t.seq),
  ],
);

/**
 * Names, addresses and free text of the log's entries, with the salt of each commitment. They can be erased.
 * No foreign key: checking one would lock an entry for each that is written.
 */
export const auditPrivateValues = pgTable("audit_private_values", {
  entryId: uuid("entry_id").primaryKey(),
  /** JSON Pointer into the entry -> [salt, value] */
  values: jsonb("values").$type<PrivateValues>().notNull(),
});

/** The hash chain over the log, one link an entry. Append-only: triggers refuse everything but INSERT. */
export const auditSeals = pgTable(
  "audit_seals",
  {
    position: bigint("position", { mode: "bigint" }).primaryKey(),
    entrySeq: bigint("entry_seq", { mode: "bigint" })
      .notNull()
      .unique("audit_seals_entry_seq_unique"),
    transaction: xid8("transaction").notNull(),
    sealedAt: moment("sealed_at").notNull(),
    /** SHA-256 over the link and the hash before it. */
    hash: bytea("hash").notNull(),
  },
  (t) => [check("audit_seals_hash_check", sql`octet_length(${t.hash}) = 32`)],
);

/** One row: the end of the chain, and up to which entry the log is sealed. */
export const auditHead = pgTable(
  "audit_head",
  {
    only: boolean("only").primaryKey().default(true),
    position: bigint("position", { mode: "bigint" }).notNull(),
    hash: bytea("hash").notNull(),
    xid: xid8("xid").notNull(),
    seq: bigint("seq", { mode: "bigint" }).notNull(),
    /** Entries up to this position lost their transactions when an earlier build adopted them after a restore. */
    restoredTo: bigint("restored_to", { mode: "bigint" }).notNull(),
    /** How far the transactions of entries are ahead of this cluster's own; the default of `audit_logs.xid` adds it. */
    xidOffset: bigint("xid_offset", { mode: "bigint" }).notNull().default(sql`0`),
    /** The cluster and database that send webhooks, which a copy has of its original; null: none did yet. */
    home: text("home"),
    /** The last anchor that a process has put out; null: none did yet. */
    anchoredPosition: bigint("anchored_position", { mode: "bigint" }),
    anchoredAt: moment("anchored_at"),
  },
  (t) => [check("audit_head_only_check", sql`${t.only}`)],
);

/**
 * Where each event of a request left it: what the filters of the feed are answered by. It follows from the sealed log, and
 * is written after it.
 */
export const requestEvents = pgTable(
  "request_events",
  {
    requestId: uuid("request_id").notNull(),
    internal: boolean("internal").notNull(),
    /** Of its seal. No index begins with it, or the planner would read the feed in its order. */
    position: bigint("position", { mode: "bigint" }).notNull(),
    category: text("category").notNull(),
    assigneeId: uuid("assignee_id"),
  },
  (t) => [
    primaryKey({ columns: [t.requestId, t.internal, t.position] }),
    index("request_events_category_idx").on(t.category, t.position),
    index("request_events_assignee_id_idx").on(t.assigneeId, t.position),
  ],
);

/** One row: up to which position the events of requests are known. */
export const requestEventsEnd = pgTable(
  "request_events_end",
  {
    only: boolean("only").primaryKey().default(true),
    position: bigint("position", { mode: "bigint" }).notNull(),
  },
  (t) => [check("request_events_end_only_check", sql`${t.only}`)],
);

/** Endpoints that events are delivered to, and how far each has come in the feed. */
export const webhooks = pgTable(
  "webhooks",
  {
    id: uuid("id").primaryKey(),
    url: text("url").notNull(),
    description: text("description").notNull(),
    /** Empty: all. */
    eventTypes: text("event_types").array().$type<EventType[]>().notNull(),
    includeInternal: boolean("include_internal").notNull(),
    /** Null: unknown. Builds without this column leave it out. */
    ownerId: uuid("owner_id").references(() => users.id),
    createdById: uuid("created_by_id").references(() => users.id),
    active: boolean("active").notNull(),
    disabledBecause: text("disabled_because").$type<DisabledBecause>(),
    failingSince: moment("failing_since"),
    secret: bytea("secret").notNull(),
    oldSecret: bytea("old_secret"),
    oldSecretUntil: moment("old_secret_until"),
    /** Events up to here are queued, or were none of its own. */
    position: bigint("position", { mode: "bigint" }).notNull(),
    /** Which process sends what is due, so that it is sent in order; it must say so again before that moment. */
    lease: uuid("lease"),
    leasedUntil: moment("leased_until"),
    version: integer("version").notNull().default(1),
    createdAt: moment("created_at").notNull(),
  },
  (t) => [
    check("webhooks_disabled_because_check", oneOf(t.disabledBecause, DISABLED_BECAUSE)),
    check("webhooks_disabled_check", sql`${t.disabledBecause} is null or not ${t.active}`),
  ],
);

/** The queue of what is sent to webhooks, kept for a while as its record. */
export const webhookDeliveries = pgTable(
  "webhook_deliveries",
  {
    /** The order in which they are first sent. */
    seq: bigint("seq", { mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
    id: uuid("id").notNull().unique("webhook_deliveries_id_unique"),
    /** No foreign key: with a webhook all of its deliveries would go in one statement. They go later, in batches. */
    webhookId: uuid("webhook_id").notNull(),
    /** Of the event, in the chain. */
    position: bigint("position", { mode: "bigint" }).notNull(),
    eventId: uuid("event_id").notNull(),
    eventType: text("event_type").$type<EventType>().notNull(),
    status: text("status").$type<DeliveryStatus>().notNull().default("PENDING"),
    attempts: integer("attempts").notNull().default(0),
    responseStatus: integer("response_status"),
    responseBody: text("response_body"),
    error: text("error"),
    durationMs: integer("duration_ms"),
    createdAt: moment("created_at").notNull(),
    lastAttemptAt: moment("last_attempt_at"),
    nextAttemptAt: moment("next_attempt_at"),
  },
  (t) => [
    index("webhook_deliveries_webhook_id_seq_idx").on(t.webhookId, t.seq),
    index("webhook_deliveries_pending_idx").on(t.webhookId, t.seq).where(sql`status = 'PENDING'`),
    index("webhook_deliveries_due_idx")
      .on(t.webhookId, t.nextAttemptAt)
      .where(sql`status = 'PENDING'`),
    index("webhook_deliveries_created_at_idx").on(t.createdAt),
    check("webhook_deliveries_status_check", oneOf(t.status, DELIVERY_STATUSES)),
    check(
      "webhook_deliveries_pending_check",
      sql`(${t.status} = 'PENDING') = (${t.nextAttemptAt} is not null)`,
    ),
  ],
);

/** Each attempt to send a delivery. It goes with its delivery. */
export const webhookAttempts = pgTable(
  "webhook_attempts",
  {
    deliverySeq: bigint("delivery_seq", { mode: "bigint" })
      .notNull()
      .references(() => webhookDeliveries.seq, { onDelete: "cascade" }),
    /** From 1. */
    number: integer("number").notNull(),
    endedAt: moment("ended_at").notNull(),
    durationMs: integer("duration_ms").notNull(),
    responseStatus: integer("response_status"),
    error: text("error"),
  },
  (t) => [primaryKey({ name: "webhook_attempts_pk", columns: [t.deliverySeq, t.number] })],
);

/** What was answered to a call with an Idempotency-Key, for a day. */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    /** The caller, or the nil UUID for a bootstrap. */
    userId: uuid("user_id").notNull(),
    key: text("key").notNull(),
    /** SHA-256 of the procedure and its input. */
    fingerprint: bytea("fingerprint").notNull(),
    /** JSON, or base64 of its encryption when the answer holds a secret. */
    answer: text("answer").notNull(),
    encrypted: boolean("encrypted").notNull(),
    createdAt: moment("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.key] }),
    index("idempotency_keys_created_at_idx").on(t.createdAt),
  ],
);
