import { invalidateOnEvents } from "@serviceflow/sdk/tanstack-query";
import { useEffect, useSyncExternalStore } from "react";
import { isSignedOut, queryClient, sf } from "./client.ts";
import { coalesced } from "./coalesced.ts";

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

/** Follows the events while somebody is signed in. */
export function useLive(): void {
  useEffect(() => {
    const controller = new AbortController();
    setState("live");
    void invalidateOnEvents(sf, coalesced(queryClient), {
      signal: controller.signal,
      onError: (error) => {
        setState("ended");
        if (isSignedOut(error)) void queryClient.invalidateQueries();
      },
    });
    return () => controller.abort();
  }, []);
}
