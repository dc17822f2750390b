import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from "jose";
import { boundedFetch } from "./bounded-fetch.ts";
import { OidcFailure } from "./failure.ts";

const TIMEOUT_MS = 5_000;
/** A key that the provider has withdrawn counts for no longer. */
const MAX_AGE_MS = 10 * 60_000;
const WINDOW_MS = 60_000;
/** For key ids that are not among the known ones, in a window. */
const MAX_READS = 3;

/**
 * The provider's keys. One that is not known yet is read at once, since providers change them; but strangers can name any,
 * so only a few times a minute.
 * @param now milliseconds of a clock that only goes forward
 */
export function providerKeys(url: URL, now: () => number = () => performance.now()) {
  const known = createRemoteJWKSet(url, {
    timeoutDuration: TIMEOUT_MS,
    cacheMaxAge: MAX_AGE_MS,
    [customFetch]: boundedFetch,
    // What is unknown is read here.
    cooldownDuration: Number.POSITIVE_INFINITY,
  });
  /**
   * Keys for tokens of one source, with reads of its own: what strangers send uses up nothing of what the provider itself
   * answers with.
   */
  return function keysFor(): JWTVerifyGetKey {
    let reads: number[] = [];
    return async (header, token) => {
      try {
        return await known(header, token);
      } catch (error) {
        const at = now();
        reads = reads.filter((read) => at - read < WINDOW_MS);
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw unreadable(error);
        if (reads.length >= MAX_READS) throw error;
        reads.push(at);
        await known.reload().catch((failed) => {
          throw unreadable(failed);
        });
        return known(header, token);
      }
    };
  };
}

/** All but what jose says of the keys themselves is a failure to read them. */
function unreadable(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  const isOfKeys = error instanceof errors.JWKSMultipleMatchingKeys;
  return isOfKeys ? error : new OidcFailure("unavailable", String(code ?? "no_keys"));
}
