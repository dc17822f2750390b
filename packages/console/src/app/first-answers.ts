/** The calls that go out before the scripts of the console are there. */
interface FirstCalls {
  /** By URL. */
  answers: Map<string, Promise<Response>>;
  /** The place in the log of events before any of the answers; undefined: it could not be learned. */
  position: Promise<string | undefined>;
}

declare global {
  /** Set by `start/start.ts`. */
  var firstCalls: FirstCalls | undefined;
}

/**
 * `fetch`, which takes over the answer to a call that the page has made already, once. A call that changes something ends
 * that: it may be the sign-in of somebody else.
 */
export function fetchOnce(url: string, init: RequestInit): Promise<Response> {
  const { answers } = globalThis.firstCalls ?? {};
  if (init.method !== "GET") answers?.clear();
  const answer = answers?.get(url);
  answers?.delete(url);
  return answer ?? fetch(url, init);
}

/**
 * From where to follow the events, once: from then on they refresh what is loaded, and answers of before count no more.
 * @returns undefined where that is not known
 */
export async function takePosition(): Promise<string | undefined> {
  const calls = globalThis.firstCalls;
  globalThis.firstCalls = undefined;
  return calls?.position;
}
