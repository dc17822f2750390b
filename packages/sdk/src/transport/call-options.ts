/** Options of every call. */
export interface CallOptions {
  /** Aborts the call immediately, also while it waits between attempts. The call fails with `aborted`. */
  signal?: AbortSignal | undefined;
  /** Time limit of the whole call in milliseconds, retries and delays included. `Infinity` disables it. */
  timeoutMs?: number | undefined;
  /** Time limit of one attempt in milliseconds, up to the last byte of the response. `Infinity` disables it. */
  attemptTimeoutMs?: number | undefined;
  /** Maximum number of retries; 0 disables them. */
  maxRetries?: number | undefined;
  /** Additional headers. They cannot override headers that the SDK sets itself. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** Options of a call that changes something. */
export interface MutationOptions extends CallOptions {
  /**
   * Identifies the call: the server executes it once, even if it is sent again with the same key within a day. Generated
   * for each call by default. Pass your own to resume a call after a restart of your process.
   */
  idempotencyKey?: string | undefined;
  /**
   * Decides and answers as otherwise, but writes nothing. The id of what would be new is `SF-0`, or all zeros after its
   * prefix; a new secret is empty.
   */
  dryRun?: boolean | undefined;
}

/** Options of a call that changes an object with a `version`. */
export interface VersionedOptions extends MutationOptions {
  /** The `version` that the object must still have. Otherwise the call fails with `precondition_failed`. */
  ifVersion?: number | undefined;
}
