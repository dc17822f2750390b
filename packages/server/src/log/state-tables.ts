import {
  loggedNames,
  type StateSubject,
  toPublicId,
  toRequestId,
  toRequestNumber,
  toUuid,
} from "@serviceflow/domain";
import type { AnyColumn, Table } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import {
  apiKeys,
  categories,
  comments,
  followUps,
  oneTimeCodes,
  requests,
  userIdentities,
  users,
  webhooks,
} from "../db/schema.ts";
import { columns, maybe, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { stateTable } from "./state-table.ts";

const PAGE_SIZE = p("limit", "int");

function uuidPages(name: string, table: Table, id: AnyColumn) {
  const key = columns({ key: value("text", sql`${id}`) });
  return {
    first: statement(
      `state_first_${name}`,
      sql`select ${key} from ${table} order by ${id} limit ${PAGE_SIZE}`,
    ),
    next: statement(
      `state_next_${name}`,
      sql`
        select ${key} from ${table} where ${id} > ${p("after", "uuid")}
        order by ${id} limit ${PAGE_SIZE}`,
    ),
  };
}

const UUIDS = p("keys", "uuid[]");

const followed = alias(requests, "followed");

const REQUEST = {
  number: requests.number,
  title: requests.title,
  description: requests.description,
  status: requests.status,
  priority: requests.priority,
  category: requests.category,
  requesterId: requests.requesterId,
  submitterId: requests.submitterId,
  assigneeId: requests.assigneeId,
  version: requests.version,
  createdAt: requests.createdAt,
  updatedAt: requests.updatedAt,
  startedAt: requests.startedAt,
  closedAt: requests.closedAt,
  followsUp: value(
    "int?",
    sql`
      select ${followed.number} from ${followUps}
      join ${requests} ${followed} on ${followed.id} = ${followUps.followsUpId}
      where ${followUps.requestId} = ${requests.id}`,
  ),
};

const requestState = stateTable({
  subject: "request",
  rows: statement(
    "state_requests",
    sql`select ${columns(REQUEST)} from ${requests} where ${requests.number} = any(${p("keys", "int[]")})`,
  ),
  pages: {
    first: statement(
      "state_first_requests",
      sql`
        select ${columns({ key: requests.number })} from ${requests}
        order by ${requests.number} limit ${PAGE_SIZE}`,
    ),
    next: statement(
      "state_next_requests",
      sql`
        select ${columns({ key: requests.number })} from ${requests}
        where ${requests.number} > ${p("after", "int")} order by ${requests.number} limit ${PAGE_SIZE}`,
    ),
  },
  toKey: toRequestNumber,
  toId: toRequestId,
  toRow: ({ number, ...row }) => ({
    id: toRequestId(number),
    row: {
      ...row,
      requesterId: toPublicId("user", row.requesterId),
      submitterId: toPublicId("user", row.submitterId),
      assigneeId: row.assigneeId && toPublicId("user", row.assigneeId),
      followsUp: row.followsUp && toRequestId(row.followsUp),
    },
  }),
});

const COMMENT = {
  id: comments.id,
  requestNumber: maybe(requests.number),
  authorId: comments.authorId,
  visibility: comments.visibility,
  body: comments.body,
  createdAt: comments.createdAt,
};

const commentState = stateTable({
  subject: "comment",
  rows: statement(
    "state_comments",
    sql`
      select ${columns(COMMENT)} from ${comments}
      left join ${requests} on ${requests.id} = ${comments.requestId}
      where ${comments.id} = any(${UUIDS})`,
  ),
  pages: uuidPages("comments", comments, comments.id),
  toKey: (id) => toUuid("comment", id),
  toId: (key) => toPublicId("comment", key),
  toRow: ({ id, requestNumber, ...row }) => ({
    id: toPublicId("comment", id),
    row: {
      ...row,
      authorId: toPublicId("user", row.authorId),
      serviceRequestId: requestNumber && toRequestId(requestNumber),
    },
  }),
});

/** Of the account that was linked last. */
function newest(column: AnyColumn) {
  return value(
    "text?",
    sql`
      select ${column} from ${userIdentities} where ${userIdentities.userId} = ${users.id}
      order by ${userIdentities.createdAt} desc limit 1`,
  );
}

const USER = {
  id: users.id,
  email: users.email,
  fullName: users.fullName,
  role: users.role,
  kind: users.kind,
  active: users.active,
  locale: users.locale,
  timeZone: users.timeZone,
  erasedAt: users.erasedAt,
  version: users.version,
  createdAt: users.createdAt,
  issuer: newest(userIdentities.issuer),
  account: newest(userIdentities.subject),
  identities: value(
    "int",
    sql`select count(*) from ${userIdentities} where ${userIdentities.userId} = ${users.id}`,
  ),
};

const userState = stateTable({
  subject: "user",
  rows: statement(
    "state_users",
    sql`select ${columns(USER)} from ${users} where ${users.id} = any(${UUIDS})`,
  ),
  pages: uuidPages("users", users, users.id),
  toKey: (id) => toUuid("user", id),
  toId: (key) => toPublicId("user", key),
  toRow: ({ id, ...row }) => ({ id: toPublicId("user", id), row }),
});

const KEY = {
  id: apiKeys.id,
  userId: apiKeys.userId,
  name: apiKeys.name,
  scopes: apiKeys.scopes,
  expiresAt: apiKeys.expiresAt,
  revokedAt: apiKeys.revokedAt,
  createdAt: apiKeys.createdAt,
  sessionFrom: apiKeys.sessionFrom,
  parentId: apiKeys.parentId,
  grantsUntil: apiKeys.grantsUntil,
  ownerErasedAt: maybe(users.erasedAt),
};

const keyState = stateTable({
  subject: "api_key",
  rows: statement(
    "state_keys",
    sql`
      select ${columns(KEY)} from ${apiKeys} left join ${users} on ${users.id} = ${apiKeys.userId}
      where ${apiKeys.id} = any(${UUIDS})`,
  ),
  pages: uuidPages("keys", apiKeys, apiKeys.id),
  toKey: (id) => toUuid("apiKey", id),
  toId: (key) => toPublicId("apiKey", key),
  toRow: ({ id, ownerErasedAt, ...row }) => ({
    id: toPublicId("apiKey", id),
    row: {
      ...row,
      userId: toPublicId("user", row.userId),
      parentId: row.parentId === null ? null : toPublicId("apiKey", row.parentId),
    },
    ownerErasedAt,
  }),
});

const CODE = {
  id: oneTimeCodes.id,
  userId: oneTimeCodes.userId,
  purpose: oneTimeCodes.purpose,
  scopes: oneTimeCodes.scopes,
  expiresAt: oneTimeCodes.expiresAt,
  grantsUntil: oneTimeCodes.grantsUntil,
  issuerId: oneTimeCodes.issuerId,
  createdAt: oneTimeCodes.createdAt,
};

const codeState = stateTable({
  subject: "code",
  rows: statement(
    "state_codes",
    sql`select ${columns(CODE)} from ${oneTimeCodes} where ${oneTimeCodes.id} = any(${UUIDS})`,
  ),
  pages: uuidPages("codes", oneTimeCodes, oneTimeCodes.id),
  toKey: (id) => toUuid("code", id),
  toId: (key) => toPublicId("code", key),
  toRow: ({ id, ...row }) => ({
    id: toPublicId("code", id),
    row: {
      ...row,
      userId: toPublicId("user", row.userId),
      issuerId: row.issuerId === null ? null : toPublicId("user", row.issuerId),
    },
  }),
});

const CATEGORY = {
  slug: categories.slug,
  name: categories.name,
  names: categories.names,
  description: categories.description,
  active: categories.active,
  version: categories.version,
  createdAt: categories.createdAt,
};

const categoryState = stateTable({
  subject: "category",
  rows: statement(
    "state_categories",
    sql`select ${columns(CATEGORY)} from ${categories} where ${categories.slug} = any(${p("keys", "text[]")})`,
  ),
  pages: {
    first: statement(
      "state_first_categories",
      sql`
        select ${columns({ key: categories.slug })} from ${categories}
        order by ${categories.slug} limit ${PAGE_SIZE}`,
    ),
    next: statement(
      "state_next_categories",
      sql`
        select ${columns({ key: categories.slug })} from ${categories}
        where ${categories.slug} > ${p("after", "text")}
        order by ${categories.slug} limit ${PAGE_SIZE}`,
    ),
  },
  toKey: (slug: string) => slug,
  toId: (slug) => slug,
  toRow: ({ slug, names, ...row }) => ({
    id: slug,
    row: { ...row, names: loggedNames(names) },
  }),
});

const WEBHOOK = {
  id: webhooks.id,
  url: webhooks.url,
  description: webhooks.description,
  eventTypes: webhooks.eventTypes,
  includeInternal: webhooks.includeInternal,
  ownerId: webhooks.ownerId,
  createdById: webhooks.createdById,
  active: webhooks.active,
  disabledBecause: webhooks.disabledBecause,
  oldSecretUntil: webhooks.oldSecretUntil,
  version: webhooks.version,
  createdAt: webhooks.createdAt,
};

const webhookState = stateTable({
  subject: "webhook",
  rows: statement(
    "state_webhooks",
    sql`select ${columns(WEBHOOK)} from ${webhooks} where ${webhooks.id} = any(${UUIDS})`,
  ),
  pages: uuidPages("webhooks", webhooks, webhooks.id),
  toKey: (id) => toUuid("webhook", id),
  toId: (key) => toPublicId("webhook", key),
  toRow: ({ id, ...row }) => ({
    id: toPublicId("webhook", id),
    row: {
      ...row,
      ownerId: row.ownerId && toPublicId("user", row.ownerId),
      createdById: row.createdById && toPublicId("user", row.createdById),
    },
  }),
});

/** Every table whose rows the log describes. People and keys come first: they decide who may do anything. */
export const STATE = {
  user: userState,
  api_key: keyState,
  code: codeState,
  category: categoryState,
  webhook: webhookState,
  request: requestState,
  comment: commentState,
} as const satisfies Record<StateSubject, unknown>;
