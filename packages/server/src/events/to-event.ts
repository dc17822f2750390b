import { AUDIT_POLICY, type Caller, type ServiceFlowEvent } from "@serviceflow/domain";
import { present } from "../requests/row.ts";
import type { LoadedEvent } from "./store.ts";

const presented = new WeakMap<LoadedEvent, Map<string, ServiceFlowEvent>>();

/**
 * An event as a reader sees it. Readers who see the same are given the same object, and many of them cost little.
 * @param reader null: nobody in particular, who can do nothing with a request
 */
export function presentEvent(event: LoadedEvent, reader: Caller | null): ServiceFlowEvent {
  let views = presented.get(event);
  if (!views) {
    views = new Map();
    presented.set(event, views);
  }
  const view = viewOf(event, reader);
  let found = views.get(view);
  if (!found) {
    found = write(event, reader);
    views.set(view, found);
  }
  return found;
}

/** What a reader's sight of an event depends on, once they may know of it. */
function viewOf({ request }: LoadedEvent, reader: Caller | null): string {
  if (!request || !reader) return "";
  const isRequester = request.requester.id === reader.id;
  const isAssignee = request.assignee?.id === reader.id;
  return `${reader.role} ${isRequester} ${isAssignee}`;
}

function write(event: LoadedEvent, reader: Caller | null): ServiceFlowEvent {
  const { type, about } = event;
  const { id, ...frame } = event.frame;
  const subject = AUDIT_POLICY[type].subject;
  const request =
    event.request &&
    (reader ? present(event.request, reader) : { ...event.request, allowedActions: [] });
  const carried = subject === "request" || subject === "comment" ? { ...about, request } : about;
  return { id, type, ...frame, ...carried } as ServiceFlowEvent;
}
