import type { CurrentUser, Role } from "@serviceflow/sdk";
import { invalidateOnEvents } from "@serviceflow/sdk/tanstack-query";
import { useEffect, useSyncExternalStore } from "react";
import { isSignedOut, queries, queryClient } from "./client.ts";
import { takePosition } from "./first-answers.ts";
import { sharedClient } from "./shared-client.ts";

export type LiveState = "connecting" | "live" | "stale" | "ended";

let state: LiveState = "connecting";
const listeners = new Set<() => void>();

function setState(next: LiveState): void {
  state = next;
  for (const listener of listeners) listener();
}

/** Whether what is shown is kept fresh by events. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/** Follows the events while somebody is signed in. All tabs of the person share one stream. */
export function useLive({ id, role }: Pick<CurrentUser, "id" | "role">): void {
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const follow = (after: string | undefined) =>
      invalidateOnEvents(sharedClient(id), queryClient, {
        signal,
        after,
        onState: ({ status, error }) => {
          // A stream ends as well when its reader gets another role.
          if (status === "live" && state === "stale") void lookAgain(role);
          setState(status);
          if (status === "ended" && isSignedOut(error)) void queryClient.invalidateQueries();
        },
        // The state says it.
        onError: () => {},
      });
    void takePosition().then((after) => {
      if (!signal.aborted) void follow(after);
    });
    return () => controller.abort();
  }, [id, role]);
}

/** Nothing stays of what a role could see when its person has another one. */
async function lookAgain(role: Role): Promise<void> {
  const { queryKey } = queries.users.me();
  await queryClient.invalidateQueries({ queryKey });
  const me = queryClient.getQueryData<CurrentUser>(queryKey);
  if (me === undefined || me.role === role) return;
  const mine = JSON.stringify(queryKey);
  const predicate = (query: { queryKey: unknown }) => JSON.stringify(query.queryKey) !== mine;
  await queryClient.resetQueries({ predicate });
}
