/** Where a caller's trace continues. @see https://www.w3.org/TR/trace-context/ */
export interface RemoteParent {
  traceId: string;
  spanId: string;
  isSampled: boolean;
  /** `tracestate` as it came; null: none. */
  state: string | null;
}

const TRACE_PARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-|$)/;
const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);
const SAMPLED = 1;

/** Reads `traceparent`, also of later versions; null for none and for a malformed one. */
export function remoteParent(parent: string | null, state: string | null): RemoteParent | null {
  const [, version, traceId = "", spanId = "", flags = "", end] =
    (parent === null ? null : TRACE_PARENT.exec(parent)) ?? [];
  if (version === undefined || version === "ff" || (version === "00" && end !== "")) return null;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return null;
  const isSampled = (Number.parseInt(flags, 16) & SAMPLED) !== 0;
  return { traceId, spanId, isSampled, state };
}
