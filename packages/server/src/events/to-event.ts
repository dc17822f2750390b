import {
  AUDIT_POLICY,
  type Caller,
  canView,
  mayKnowKey,
  type ServiceFlowEvent,
  toView,
  visibleChanges,
} from "@serviceflow/domain";
import type { LoadedEvent } from "./store.ts";

const cache = new WeakMap<LoadedEvent, Map<string, ServiceFlowEvent>>();

/**
 * An event as a reader sees it. Readers with the same view get the same object, so that many of them cost little.
 * @param reader null: nobody in particular, who has no allowed actions
 */
export function toEvent(event: LoadedEvent, reader: Caller | null): ServiceFlowEvent {
  let byView = cache.get(event);
  if (!byView) {
    byView = new Map();
    cache.set(event, byView);
  }
  const view = viewOf(event, reader);
  let found = byView.get(view);
  if (!found) {
    found = build(event, reader);
    byView.set(view, found);
  }
  return found;
}

/** What an event's view depends on, once the reader may see it. */
function viewOf(event: LoadedEvent, reader: Caller | null): string {
  const { request } = event;
  const key = knowsKey(event, reader);
  if (!request || !reader) return `${key}`;
  const isRequester = request.requester.id === reader.id;
  const isAssignee = request.assignee?.id === reader.id;
  const isSubmitter = reader.kind === "BOT" && request.submitter.id === reader.id;
  const seesFollowed = request.followsUp !== null && canView(request.followsUp, reader);
  return `${key} ${reader.role} ${isRequester} ${isAssignee} ${isSubmitter} ${seesFollowed}`;
}

/** Webhooks, which have no reader, belong to administrators. */
function knowsKey({ frame }: LoadedEvent, reader: Caller | null): boolean {
  return reader === null || mayKnowKey(frame, reader);
}

function build(event: LoadedEvent, reader: Caller | null): ServiceFlowEvent {
  const { type, about } = event;
  const { id, causedBy, ...frame } = event.frame;
  const subject = AUDIT_POLICY[type].subject;
  const request =
    event.request &&
    toView(event.request, reader, {
      unread: null,
      readUpTo: null,
      followUps: null,
    });
  const carried = subject === "request" || subject === "comment" ? { ...about, request } : about;
  const apiKeyId = knowsKey(event, reader) ? causedBy.apiKeyId : null;
  return {
    id,
    type,
    ...frame,
    changes: visibleChanges(frame.changes, event.request, reader),
    causedBy: { ...causedBy, apiKeyId },
    ...carried,
  } as ServiceFlowEvent;
}
