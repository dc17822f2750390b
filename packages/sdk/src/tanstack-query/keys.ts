/** A key of TanStack Query: "serviceflow", the scope, the resource, the kind of question, and what it asks for. */
export type QueryKey = readonly unknown[];

/** Whose answers are kept together. */
export interface ScopeOptions {
  /**
   * Keeps answers apart in one QueryClient: default `sf.baseUrl`. Where clients of several users share a QueryClient,
   * give each user one of their own, like their id; never an API key, for keys are shown and stored.
   */
  scope?: string | undefined;
}

type Resource = "requests" | "comments" | "users" | "apiKeys" | "categories" | "webhooks" | "audit";

/** A key, or the beginning of many, which stands for all of them when it invalidates. */
export type KeyOf = (resource?: Resource, kind?: string, ...input: unknown[]) => QueryKey;

export function keysOf(scope: string): KeyOf {
  return (...parts) => ["serviceflow", scope, ...parts];
}
