import {
  type Caller,
  createRequest,
  type Decision,
  DomainError,
  decide,
  lastActivityAt,
  type Marked,
  markRead,
  markUnread,
  READ,
  type ReadMark,
  type RequestCommandFacts,
  type RequestState,
  transition,
  type Unchanged,
  visibleChanges,
} from "@serviceflow/domain";
import {
  assignInput,
  countRequestsInput,
  createRequestInput,
  exportRequestsInput,
  historyPage,
  listOfRequestInput,
  listRequestsInput,
  markReadInput,
  requestById,
  requestCounts,
  requestStatsInput,
  requestStats as requestStatsOutput,
  serviceRequest,
  serviceRequestPage,
  transitionInput,
  updateRequestInput,
} from "@serviceflow/domain/contract";
import { z } from "zod";
import { beginLongRead } from "../access/long-read.ts";
import { execute } from "../commands/command.ts";
import { isDryRun } from "../commands/dry-run.ts";
import type { CommandContext, UserActor } from "../context.ts";
import { uuidv7 } from "../db/uuidv7.ts";
import type { LineAnswer } from "../http/line-stream.ts";
import { listHistory } from "../log/entries.ts";
import { command, procedure, router } from "../procedure.ts";
import { present, toMark, toPersonal, toState } from "./columns.ts";
import { countRequests } from "./lists/counts.ts";
import { csvLines } from "./lists/csv.ts";
import { listRequests } from "./lists/list.ts";
import { writeMark } from "./participants.ts";
import { requestStats } from "./stats.ts";
import {
  editRequest,
  factsOf,
  filingFacts,
  getRequest,
  insertRequest,
  loadFiling,
  loadRequest,
  moveRequest,
  type References,
  visibleState,
} from "./store.ts";

const tags: [string] = ["Requests"];

/** A command on one request that exists. */
interface Command {
  input: References & { id: string };
  decide(state: RequestState, facts: RequestCommandFacts): Decision<RequestState>;
  write?: typeof moveRequest | typeof editRequest;
}

type UserContext = CommandContext & { actor: UserActor };

function onRequest(ctx: UserContext, command: Command) {
  const { input, decide, write = moveRequest } = command;
  return execute(ctx, {
    input,
    load: loadRequest(input.id, ctx.actor.userUuid, input),
    versionOf: (row) => row.version,
    decide: (row, by) => decide(visibleState(row, by.caller), { ...by, ...factsOf(row) }),
    write: (next, row) => write(next, row),
    answer: (next, caller, row) => present(next, caller, toPersonal(row)),
  });
}

/** A command on what the caller has read of a request. */
function onMark(
  ctx: UserContext,
  input: { id: string },
  decide: (
    mark: ReadMark,
    facts: { caller: Caller; lastActivityAt: string },
  ) => Marked<ReadMark> | Unchanged<ReadMark>,
) {
  return execute(ctx, {
    input,
    load: loadRequest(input.id, ctx.actor.userUuid),
    versionOf: (row) => row.version,
    decide: (row, { caller }) => {
      const state = visibleState(row, caller);
      return decide(toMark(row), { caller, lastActivityAt: lastActivityAt(state, caller) });
    },
    write: (next, row) => writeMark(next, row),
    answer: (next, caller, row) =>
      present(toState(row), caller, { ...toPersonal(row), mark: next }),
  });
}

export const requestsRouter = router({
  create: command
    .meta({
      scope: "requests:write",
      openapi: {
        method: "POST",
        path: "/requests",
        tags,
        summary: "File a request",
        description:
          "Agents, administrators and service accounts may file it for another user, by `requesterId` or `requesterEmail`. With `followsUp`, it follows up a closed request that the caller may see: the one shows the other to those who may see both.",
        status: 201,
        answers: "versioned",
        location: "/requests/{id}",
        errors: ["forbidden"],
      },
    })
    .input(createRequestInput)
    .output(serviceRequest)
    .mutation(({ ctx, input }) =>
      execute(ctx, {
        input,
        load: loadFiling(input, {
          callerId: ctx.actor.userId,
          defaultCategory: ctx.defaultCategory,
          dryRun: isDryRun(ctx),
        }),
        decide: (row, by) => {
          const { defaultCategory } = ctx;
          return createRequest(input, { ...by, ...filingFacts(row), defaultCategory });
        },
        // Its id sorts it by the moment it was filed, so that moment is the id's.
        write: (next, row) =>
          insertRequest(uuidv7(Date.parse(next.createdAt), ctx.random(10)), next, row),
        answer: (next, caller) => present(next, caller, { mark: READ, followUps: [] }),
      }),
    ),

  list: procedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/requests",
        tags,
        summary: "List requests",
        description:
          "Lists only requests that the caller may see, newest first unless `sort` says otherwise. Filters combine with AND. A page reads some thousand requests at most: where few of them match, it is short, and has a `nextCursor` nevertheless. With `Accept: text/csv`, it answers the whole list as a file: up to 100,000 requests, without `cursor` and `limit`; RFC 4180, UTF-8 with a byte order mark, a header first.",
        answers: "page",
        errors: ["overloaded"],
      },
    })
    .input(listRequestsInput)
    .output(serviceRequestPage)
    .query(({ ctx, input }) => listRequests(ctx.db, input, ctx.caller)),

  export: procedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/requests",
        tags,
        summary: "List requests as CSV",
        answers: "csv",
        errors: ["overloaded"],
      },
    })
    .input(exportRequestsInput)
    .output(z.custom<LineAnswer>().meta({ description: "CSV, a line for each request." }))
    .query(async ({ ctx, input }): Promise<LineAnswer> => {
      if (ctx.transport !== "rest") {
        throw new DomainError("not_found", "CSV is streamed: GET /api/v1/requests.");
      }
      const { caller, signal, end } = await beginLongRead(ctx, () => {});
      return { lines: csvLines(ctx.db, input, caller), signal, end };
    }),

  counts: procedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/requests/counts",
        tags,
        summary: "Count requests by several filters",
        description:
          "Counts only requests that the caller may see. Each filter has a name of yours: `?mine.assignee=me&mine.status=NEW&free.assignee=none`; a name alone, `?all`, counts every request.",
        named: "filters",
        errors: ["overloaded"],
      },
    })
    .input(countRequestsInput)
    .output(requestCounts)
    .query(({ ctx, input }) => countRequests(ctx.db, input, ctx.caller)),

  stats: procedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/requests/stats",
        tags,
        summary: "Get request counts and waiting times",
        description: "Counts only requests that the caller may see.",
        errors: ["overloaded"],
      },
    })
    .input(requestStatsInput)
    .output(requestStatsOutput)
    .query(({ ctx, input }) => requestStats(ctx.db, input, ctx.caller)),

  get: procedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/requests/{id}",
        tags,
        summary: "Get a request",
        answers: "versioned",
      },
    })
    .input(requestById)
    .output(serviceRequest)
    .query(async ({ ctx, input }) => {
      const { state, personal } = await getRequest(ctx.db, input.id, ctx.caller);
      return present(state, ctx.caller, personal);
    }),

  markRead: command
    .meta({
      // Nobody else sees what a user has read, so a key that only reads may mark it.
      scope: "requests:read",
      openapi: {
        method: "POST",
        path: "/requests/{id}/read",
        tags,
        summary: "Mark a request as read",
        description:
          "Only you see what you have read. It is neither an event nor in the audit log, and leaves `version` as it is.",
        answers: "versioned",
      },
    })
    .input(markReadInput)
    .output(serviceRequest)
    .mutation(({ ctx, input }) =>
      onMark(ctx, input, (mark, facts) => markRead(mark, input, facts)),
    ),

  markUnread: command
    .meta({
      scope: "requests:read",
      openapi: {
        method: "POST",
        path: "/requests/{id}/unread",
        tags,
        summary: "Mark a request as unread",
        description: "Only you see it. It stays unread until you mark it as read.",
        answers: "versioned",
      },
    })
    .input(requestById)
    .output(serviceRequest)
    .mutation(({ ctx, input }) =>
      onMark(ctx, input, (mark, { caller }) => markUnread(mark, caller)),
    ),

  update: command
    .meta({
      scope: "requests:write",
      openapi: {
        method: "PATCH",
        path: "/requests/{id}",
        tags,
        summary: "Update title, description, priority or category",
        description:
          "Administrators may also correct the requester, by `requesterId` or `requesterEmail`, even of a closed request. The new requester sees it from then on, the one before does not.",
        answers: "versioned",
        errors: ["forbidden", "request_closed"],
      },
    })
    .input(updateRequestInput)
    .output(serviceRequest)
    .mutation(({ ctx, input }) => {
      const { id: _, ...patch } = input;
      return onRequest(ctx, {
        input,
        decide: (state, facts) => decide(state, { action: "update", patch }, facts),
        write: editRequest,
      });
    }),

  transition: command
    .meta({
      scope: "requests:write",
      openapi: {
        method: "PATCH",
        path: "/requests/{id}/status",
        tags,
        summary: "Start, finish or cancel a request",
        description:
          "IN_PROGRESS claims an unassigned request for the caller. CANCELED requires a reason.",
        answers: "versioned",
        errors: ["forbidden", "illegal_transition", "already_assigned"],
      },
    })
    .input(transitionInput)
    .output(serviceRequest)
    .mutation(({ ctx, input }) =>
      onRequest(ctx, {
        input,
        decide: (state, facts) => transition(state, input, facts),
      }),
    ),

  assign: command
    .meta({
      scope: "requests:write",
      openapi: {
        method: "PUT",
        path: "/requests/{id}/assignee",
        tags,
        summary: "Assign a request to an agent or administrator",
        description:
          "Administrators may assign any open request. Agents may take an unassigned one, and hand over one that is assigned to them, also in progress.",
        answers: "versioned",
        errors: ["forbidden", "request_closed", "already_assigned"],
      },
    })
    .input(assignInput)
    .output(serviceRequest)
    .mutation(({ ctx, input }) =>
      onRequest(ctx, {
        input,
        decide: (state, facts) => decide(state, { action: "assign", ...input }, facts),
      }),
    ),

  claim: command
    .meta({
      scope: "requests:write",
      openapi: {
        method: "POST",
        path: "/requests/{id}/claim",
        tags,
        summary: "Claim an unassigned request",
        description:
          "Also takes over an open request whose assignee can no longer work: they were deactivated, erased or are EMPLOYEE now.",
        answers: "versioned",
        errors: ["forbidden", "request_closed", "already_assigned"],
      },
    })
    .input(requestById)
    .output(serviceRequest)
    .mutation(({ ctx, input }) =>
      onRequest(ctx, {
        input,
        decide: (state, facts) => decide(state, { action: "claim" }, facts),
      }),
    ),

  release: command
    .meta({
      scope: "requests:write",
      openapi: {
        method: "POST",
        path: "/requests/{id}/release",
        tags,
        summary: "Release an assigned request before work begins",
        answers: "versioned",
        errors: ["forbidden", "request_closed", "request_started", "not_assigned"],
      },
    })
    .input(requestById)
    .output(serviceRequest)
    .mutation(({ ctx, input }) =>
      onRequest(ctx, {
        input,
        decide: (state, facts) => decide(state, { action: "release" }, facts),
      }),
    ),

  history: procedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/requests/{id}/history",
        tags,
        summary: "List a request's history, newest first",
        answers: "page",
      },
    })
    .input(listOfRequestInput)
    .output(historyPage)
    .query(async ({ ctx, input }) => {
      const { caller } = ctx;
      const { uuid, state } = await getRequest(ctx.db, input.id, caller);
      const { items, nextCursor } = await listHistory(ctx.db, uuid, input, caller);
      const shown = items.map((entry) => ({
        ...entry,
        changes: visibleChanges(entry.changes, state, caller),
      }));
      return { items: shown, nextCursor };
    }),
});
