import type { ServiceFlowEvent } from "@serviceflow/domain";
import type { QueryKey, QueryKeys } from "./query-keys.ts";

/** The parts of an event that decide what it makes stale. */
export type Change = Pick<ServiceFlowEvent, "subject" | "serviceRequestId"> &
  Partial<Pick<ServiceFlowEvent, "changes">>;

/** Keys of the queries that a change makes stale. */
export function staleKeys(
  { subject, serviceRequestId, changes }: Change,
  keys: QueryKeys,
): QueryKey[] {
  const audit = keys.all("audit");
  switch (subject.type) {
    case "request":
      return [
        keys.of("requests", "get", subject.id),
        ...keysOfFollowed(changes?.followsUp?.to, keys),
        ...keysBesidesGet(subject.id, keys),
      ];
    case "comment":
      return [
        keys.of("comments", "of", serviceRequestId),
        // A comment is activity of its request.
        keys.of("requests", "get", serviceRequestId),
        keys.of("requests", "history", serviceRequestId),
        keys.of("requests", "list"),
        keys.of("requests", "infinite"),
        keys.of("requests", "counts"),
        audit,
      ];
    case "user":
      // Requests and comments contain names; erasing a user revokes their keys and codes.
      return [
        keys.all("users"),
        keys.all("apiKeys"),
        keys.all("codes"),
        keys.all("requests"),
        keys.all("comments"),
        audit,
      ];
    case "api_key":
      return [keys.all("apiKeys"), audit];
    case "category":
      return [keys.all("categories"), audit];
    case "webhook":
      return [keys.all("webhooks"), audit];
    case "code":
      return [keys.all("codes"), audit];
    case "sign_in":
    case "audit_log":
      return [audit];
    default:
      // A subject that only a newer server knows.
      return [keys.everything()];
  }
}

/** Keys that a new request makes stale of the one that it follows up, which shows it. */
export function keysOfFollowed(followsUp: unknown, keys: QueryKeys): QueryKey[] {
  return typeof followsUp === "string" ? [keys.of("requests", "get", followsUp)] : [];
}

/** Keys that a change of a request makes stale, besides the request itself. */
export function keysBesidesGet(requestId: string, keys: QueryKeys): QueryKey[] {
  return [
    keys.of("requests", "history", requestId),
    keys.of("requests", "list"),
    keys.of("requests", "infinite"),
    keys.of("requests", "counts"),
    keys.of("requests", "stats"),
    keys.all("audit"),
  ];
}
