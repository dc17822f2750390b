const LOGGABLE = /^[\w.:-]{1,128}$/;

/** The caller's own `X-Request-Id` as a field of a log line: none if it could be more than an id. */
export function loggableRequestId(given: string | null): { clientRequestId?: string } {
  return given !== null && LOGGABLE.test(given) ? { clientRequestId: given } : {};
}
