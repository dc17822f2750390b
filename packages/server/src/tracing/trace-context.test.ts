import { expect, it } from "vitest";
import { remoteParent } from "./trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

it.each([
  ["is sampled", `00-${TRACE}-${SPAN}-01`, true],
  ["is not sampled", `00-${TRACE}-${SPAN}-00`, false],
  ["has other flags too", `00-${TRACE}-${SPAN}-03`, true],
  ["has other flags alone", `00-${TRACE}-${SPAN}-02`, false],
  ["is of a later version", `01-${TRACE}-${SPAN}-01`, true],
  ["is of a later version with more fields", `cc-${TRACE}-${SPAN}-01-what-comes`, true],
])("continues a traceparent that %s", (_, header, isSampled) => {
  const state = "vendor=1";
  expect(remoteParent(header, state)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled, state });
});

it.each([
  ["missing", null],
  ["empty", ""],
  ["in capitals", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ["of the version that is invalid", `ff-${TRACE}-${SPAN}-01`],
  ["longer than its version", `00-${TRACE}-${SPAN}-01-more`],
  ["of a later version with something glued on", `01-${TRACE}-${SPAN}-01more`],
  ["of no trace", `00-${"0".repeat(32)}-${SPAN}-01`],
  ["of no span", `00-${TRACE}-${"0".repeat(16)}-01`],
  ["sent twice", `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
  ["too short", `00-${TRACE.slice(1)}-${SPAN}-01`],
  ["not hexadecimal", `00-${TRACE}-${SPAN}-0x`],
])("begins a trace of its own where traceparent is %s", (_, header) => {
  expect(remoteParent(header, null)).toBeNull();
});
