import type { CurrentUser } from "@serviceflow/sdk";
import { invalidateOnEvents } from "@serviceflow/sdk/tanstack-query";
import { useEffect, useSyncExternalStore } from "react";
import { isSignedOut, queryClient, sf } from "./client.ts";

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
export function useLive(me: Pick<CurrentUser, "id">): void {
  useEffect(() => {
    const controller = new AbortController();
    const shared = sf.withOptions({ shareEventsAs: me.id });
    void invalidateOnEvents(shared, queryClient, {
      signal: controller.signal,
      onState: ({ status, error }) => {
        setState(status);
        if (status === "ended" && isSignedOut(error)) void queryClient.invalidateQueries();
      },
      // The state says it.
      onError: () => {},
    });
    return () => controller.abort();
  }, [me.id]);
}
