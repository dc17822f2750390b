import type { CommandContext } from "../context.ts";
import type { Origin } from "../log/append.ts";

const MAX_USER_AGENT_LENGTH = 500;
const MAX_REQUEST_ID_LENGTH = 200;

/** Who acts, with which key and from where, as the log records it. */
export function originOf(
  ctx: Pick<CommandContext, "actor" | "requestId" | "clientAddress" | "header">,
): Origin {
  const { actor } = ctx;
  return {
    actorUuid: "userUuid" in actor ? actor.userUuid : null,
    keyUuid: actor.kind === "user" ? actor.keyUuid : null,
    requestId: ctx.requestId,
    clientAddress: ctx.clientAddress,
    userAgent: ctx.header("user-agent")?.slice(0, MAX_USER_AGENT_LENGTH) ?? null,
    // An empty one says nothing.
    clientRequestId: ctx.header("x-request-id")?.slice(0, MAX_REQUEST_ID_LENGTH) || null,
  };
}
