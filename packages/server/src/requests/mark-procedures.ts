import {
  type Caller,
  lastActivityAt,
  type Marked,
  markRead,
  markUnread,
  type ReadMark,
  type Unchanged,
} from "@serviceflow/domain";
import { markReadInput, requestById, serviceRequest } from "@serviceflow/domain/contract";
import { execute } from "../commands/command.ts";
import type { CommandContext, UserActor } from "../context.ts";
import { command } from "../procedure.ts";
import { present, toMark, toPersonal, toState } from "./columns.ts";
import { writeMark } from "./participants.ts";
import { loadRequest, visibleState } from "./store.ts";

const tags: [string] = ["Requests"];

/** A command on what the caller has read of a request. */
function onMark(
  ctx: CommandContext & { actor: UserActor },
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

/** What the caller has read. */
export const markProcedures = {
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
};
