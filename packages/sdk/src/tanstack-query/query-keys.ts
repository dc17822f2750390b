/** What kinds of thing are cached. */
export type Resource =
  | "requests"
  | "comments"
  | "users"
  | "apiKeys"
  | "categories"
  | "webhooks"
  | "audit";

/** The key of a query, or the beginning of several. Nothing in it is secret. */
export type Key = readonly unknown[];

export interface ScopeOptions {
  /** Keeps clients of different users apart in one cache; by default the `baseUrl`, which tells servers apart alone. */
  scope?: string | undefined;
}

/** Where a client's data is in the cache: `["serviceflow", scope, resource, kind, ...]`. */
export function keysIn(scope: string) {
  return {
    everything: (): Key => ["serviceflow", scope],
    all: (resource: Resource): Key => ["serviceflow", scope, resource],
    of: (resource: Resource, kind: string, ...input: unknown[]): Key => [
      "serviceflow",
      scope,
      resource,
      kind,
      ...input,
    ],
  };
}

export type Keys = ReturnType<typeof keysIn>;
