import {
  createRequest,
  type Decision,
  decide,
  REQUEST_DEFAULTS,
  type RequestCommandFacts,
  type RequestState,
  transition,
  UNMARKED,
  visibleChanges,
} from "@serviceflow/domain";
import {
  assignInput,
  createRequestInput,
  historyPage,
  listOfRequestInput,
  requestById,
  serviceRequest,
  transitionInput,
  updateRequestInput,
} from "@serviceflow/domain/contract";
import { execute } from "../commands/command.ts";
import { defaultsOf } from "../commands/defaults.ts";
import { isDryRun } from "../commands/dry-run.ts";
import type { CommandContext, UserActor } from "../context.ts";
import { uuidv7 } from "../db/uuidv7.ts";
import { listHistory } from "../log/entries.ts";
import { command, gatedProcedure, router } from "../procedure.ts";
import { present, toPersonal } from "./columns.ts";
import { listProcedures } from "./lists/procedures.ts";
import { markProcedures } from "./mark-procedures.ts";
import {
  type Draw,
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

export const requestsRouter = router({
  create: command
    .meta({
      scope: "requests:write",
      openapi: {
        method: "POST",
        path: "/requests",
        tags,
        example: {
          title: "The printer on floor 2 is jammed",
          description: "It blinks red since this morning.",
          priority: "HIGH",
          category: "it",
        },
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
    .mutation(({ ctx, input }) => {
      const { defaultCategory, actor } = ctx;
      const callerId = actor.userId;
      const drawsApart = ctx.db.drawsApart === true;
      let draw: Draw = isDryRun(ctx) || drawsApart ? "never" : "ifAccepted";
      return execute(ctx, {
        input,
        defaults: defaultsOf(createRequestInput, {
          ...REQUEST_DEFAULTS,
          category: defaultCategory,
          requesterId: callerId,
        }),
        load: (query, asked) =>
          loadFiling(input, { callerId, defaultCategory, draw })(query, asked),
        decide: (row, by) => createRequest(input, { ...by, ...filingFacts(row), defaultCategory }),
        needsAnotherLoad({ number }) {
          if (number != null) return false;
          draw = drawsApart ? "apart" : "always";
          return true;
        },
        // Its id sorts it by the moment it was filed, so that moment is the id's.
        write: (next, row) =>
          insertRequest(
            ctx.listedWords,
            uuidv7(Date.parse(next.createdAt), ctx.random(10)),
            next,
            row,
          ),
        answer: (next, caller) => present(next, caller, { mark: UNMARKED, followUps: [] }),
      });
    }),

  ...listProcedures,

  get: gatedProcedure
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
      const { state, personal } = await getRequest(ctx, input.id);
      return present(state, ctx.caller, personal);
    }),

  ...markProcedures,

  update: command
    .meta({
      scope: "requests:write",
      openapi: {
        method: "PATCH",
        path: "/requests/{id}",
        tags,
        example: { priority: "URGENT", category: "it" },
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
          "Administrators may assign any open request. Agents may take an unassigned one, and hand over one that is assigned to them. Work in progress is handed over with a reason, by an administrator too.",
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

  history: gatedProcedure
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
      const { uuid, state } = await getRequest(ctx, input.id);
      const { items, nextCursor } = await listHistory(ctx.db, uuid, input, caller);
      const shown = items.map((entry) => ({
        ...entry,
        changes: visibleChanges(entry.changes, state, caller),
      }));
      return { items: shown, nextCursor };
    }),
});
