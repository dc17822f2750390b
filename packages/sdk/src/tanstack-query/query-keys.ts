/** The cached resources. */
export type Resource =
  | "requests"
  | "comments"
  | "users"
  | "apiKeys"
  | "codes"
  | "categories"
  | "webhooks"
  | "audit"
  | "feed";

/** A query key, or a prefix that matches several. Contains no secrets. */
export type QueryKey = readonly unknown[];

export interface ScopeOptions {
  /** Separates users in a shared cache. Defaults to `baseUrl`, which only separates servers. */
  scope?: string | undefined;
}

/** Builds query keys: `["serviceflow", scope, resource, kind, ...input]`. */
export function queryKeys(scope: string) {
  return {
    everything: (): QueryKey => ["serviceflow", scope],
    all: (resource: Resource): QueryKey => ["serviceflow", scope, resource],
    of: (resource: Resource, kind: string, ...input: unknown[]): QueryKey => [
      "serviceflow",
      scope,
      resource,
      kind,
      ...input,
    ],
  };
}

export type QueryKeys = ReturnType<typeof queryKeys>;
