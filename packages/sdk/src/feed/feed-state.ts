import type { ServiceFlowError } from "../error.ts";

/** Whether a subscription is up to date. */
export interface FeedState {
  /**
   * `connecting`: not live yet. `live`: events arrive as they happen. `stale`: the connection is lost, and the SDK is
   * reconnecting. `ended`: by `error`; it does not reconnect.
   */
  status: "connecting" | "live" | "stale" | "ended";
  /** What ended it, or keeps it from being live, if there was an error. */
  error: ServiceFlowError | undefined;
}

export const CONNECTING: FeedState = { status: "connecting", error: undefined };
export const LIVE: FeedState = { status: "live", error: undefined };
