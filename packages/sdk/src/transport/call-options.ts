/** What every call takes, besides its input. */
export interface CallOptions {
  /** Ends the call at once, with `aborted`, whatever it is waiting for. */
  signal?: AbortSignal | undefined;
  /** How long the whole call may take, every attempt and every wait between them included. `Infinity`: for ever. */
  timeoutMs?: number | undefined;
  /** How long one attempt may take, up to the last byte of the answer. `Infinity`: as long as the call. */
  attemptTimeoutMs?: number | undefined;
  /** How often the call is sent again when that can help; 0: never. */
  maxRetries?: number | undefined;
  /** Further headers. Those that the SDK sets itself stay as they are. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** What a call that changes something takes. */
export interface MutationOptions extends CallOptions {
  /**
   * Names this call: sent again under the same key within a day, it is not carried out twice. Each call gets a new
   * one by default; give your own to continue after your process has died.
   */
  idempotencyKey?: string | undefined;
}

/** What a call takes that changes something that has a `version`. */
export interface VersionedOptions extends MutationOptions {
  /** Only if this is still its `version`; otherwise the call ends in `precondition_failed`. */
  ifVersion?: number | undefined;
}
