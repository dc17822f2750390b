/** Metadata of a response. */
export interface ResponseMetadata {
  /** HTTP status. */
  status: number;
  headers: Headers;
  /** `X-Request-Id` of the call. Quote it in support requests. */
  requestId: string | undefined;
  /** Number of attempts, 1 or more. */
  attempts: number;
  /** Whether this is the stored response of an earlier call with the same idempotency key. */
  replayed: boolean;
}

/** The result of a call with the metadata of its response. */
export interface WithResponse<T> {
  data: T;
  response: ResponseMetadata;
}

/**
 * A promise of a call's result.
 * @example
 * ```ts
 * const { data, response } = await sf.requests.get("SF-1042").withResponse();
 * console.log(data.title, response.requestId, response.headers.get("etag"));
 * ```
 */
export interface ApiPromise<T> extends Promise<T> {
  /** Resolves to the result together with the status and headers of the response. */
  withResponse(): Promise<WithResponse<T>>;
}

/** Derives the promise of the data lazily, so that awaiting either one leaves no unhandled rejection on the other. */
export class CallPromise<T> implements ApiPromise<T> {
  readonly [Symbol.toStringTag] = "Promise";
  readonly #both: Promise<WithResponse<T>>;
  #data: Promise<T> | undefined;

  constructor(both: Promise<WithResponse<T>>) {
    this.#both = both;
  }

  // biome-ignore lint/suspicious/noThenProperty: this class is a promise
  then<Fulfilled = T, Rejected = never>(
    onFulfilled?: ((data: T) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return this.#promise().then(onFulfilled, onRejected);
  }

  catch<Rejected = never>(
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<T | Rejected> {
    return this.#promise().catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.#promise().finally(onFinally);
  }

  withResponse(): Promise<WithResponse<T>> {
    return this.#both;
  }

  #promise(): Promise<T> {
    this.#data ??= this.#both.then(({ data }) => data);
    return this.#data;
  }
}
