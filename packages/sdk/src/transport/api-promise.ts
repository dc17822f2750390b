/** What came with an answer. */
export interface AnswerFacts {
  /** HTTP status. */
  status: number;
  headers: Headers;
  /** Quote it when asking for help. */
  requestId: string | undefined;
  /** How often the call was sent, 1 or more. */
  attempts: number;
  /** Whether the call had been carried out before, under the same idempotency key, and this is the answer of that time. */
  replayed: boolean;
}

/** What a call answers, and what came with it. */
export interface WithResponse<T> {
  data: T;
  response: AnswerFacts;
}

/**
 * A call under way. It is a promise of what the call answers.
 * @example
 * ```ts
 * const { data, response } = await sf.requests.get("SF-1042").withResponse();
 * console.log(data.title, response.requestId, response.headers.get("etag"));
 * ```
 */
export interface ApiPromise<T> extends Promise<T> {
  /** The same, with the status and the headers of the answer. */
  withResponse(): Promise<WithResponse<T>>;
}

/** The promise of both, as a promise of the data alone; either is handled by whoever asks for it. */
export class CallPromise<T> implements ApiPromise<T> {
  readonly [Symbol.toStringTag] = "Promise";
  readonly #both: Promise<WithResponse<T>>;
  #data: Promise<T> | undefined;

  constructor(both: Promise<WithResponse<T>>) {
    this.#both = both;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
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
