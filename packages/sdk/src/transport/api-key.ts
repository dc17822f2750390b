import { ServiceFlowError } from "../error.ts";

/**
 * An API key, or a function that is asked for it before each attempt of a call: keep what is expensive to get. When the
 * server refuses a key (401), the function is asked once more with `refused`, and the call repeated if the key is another.
 */
export type ApiKeySource =
  | string
  | ((context: { refused: string | undefined }) => string | PromiseLike<string>);

/** The keys of one call. */
export class KeyOfCall {
  readonly #source: ApiKeySource | undefined;
  #sent: string | undefined;
  #refusal: ServiceFlowError | undefined;

  constructor(source: ApiKeySource | undefined) {
    this.#source = source;
  }

  /**
   * The key of the next attempt.
   * @throws ServiceFlowError `api_key_unavailable`; the refusal of the last attempt if there is no other key
   */
  next(): string | undefined | Promise<string> {
    const source = this.#source;
    return typeof source === "function" ? this.#ask(source) : source;
  }

  /** Whether another key may help. Once for each call. */
  canRenewAfter(error: ServiceFlowError): boolean {
    if (error.status !== 401 || this.#refusal || this.#sent === undefined) return false;
    this.#refusal = error;
    return true;
  }

  async #ask(source: Exclude<ApiKeySource, string>): Promise<string> {
    const refusal = this.#refusal;
    const refused = refusal && this.#sent;
    const key = await askFor(source, refused);
    if (typeof key !== "string" || key === "") {
      throw new TypeError("The apiKey function returned no key.");
    }
    if (refusal && key === refused) throw refusal;
    this.#sent = key;
    return key;
  }
}

async function askFor(
  source: Exclude<ApiKeySource, string>,
  refused: string | undefined,
): Promise<unknown> {
  try {
    return await source({ refused });
  } catch (cause) {
    if (ServiceFlowError.is(cause)) throw cause;
    const detail = "The apiKey function failed.";
    throw new ServiceFlowError("api_key_unavailable", detail, { retryable: true, cause });
  }
}
