import { SDKS, type SdkName } from "./catalogue.ts";
import type { Behaviour, Measured } from "./results.ts";

/** What `probe-main.ts` found, and the one row that rests on documentation. */
export function behaviourRows(
  names: readonly SdkName[],
  row: (title: string, of: (one: Measured) => string) => string[],
): string[][] {
  const found = (title: string, of: (behaviour: Behaviour) => string) =>
    row(title, ({ behaviour }) => of(behaviour));
  return [
    found("attempts of a read answered with 503", ({ readAttempts }) => String(readAttempts)),
    found("attempts of a write answered with 503", ({ writeAttempts }) => String(writeAttempts)),
    found("attempts of a write whose connection breaks", (one) => String(one.resetAttempts)),
    found("too many calls, `Retry-After: 3`", ({ retryAfterMs }) => retryAfter(retryAfterMs)),
    found("idempotency key on a write", idempotency),
    found("cancelled by a signal", ({ cancel }) => (cancel === null ? "no" : `for each ${cancel}`)),
    found("`for await` over a list", ({ iterates }) =>
      iterates === null ? "no" : `over ${iterates}`,
    ),
    found("verifies webhooks", ({ webhook }) =>
      webhook?.refusesChanged ? "yes" : webhook ? "no, accepts changed ones" : "no",
    ),
    found("refuses a webhook of a week ago", ({ webhook }) => (webhook?.refusesOld ? "yes" : "no")),
    found("streams events", ({ stream }) => (stream ? "yes" : "no")),
    found("a stream that breaks goes on", ({ stream }) =>
      stream === null ? "" : stream.resumes ? "yes" : "no",
    ),
    ["timeout by default, as documented", ...names.map(timeout)],
  ];
}

function timeout(name: SdkName): string {
  const { text, source } = SDKS[name].timeout;
  return `${text} (${source})`;
}

function retryAfter(ms: number | null): string {
  if (ms === null) return "fails";
  const seconds = (ms / 1_000).toFixed(1);
  return ms >= 2_900 ? `waits ${seconds} s` : `repeats after ${seconds} s`;
}

function idempotency({ idempotencyKeys, writeAttempts }: Behaviour): string {
  if (idempotencyKeys === 0) return "no";
  if (writeAttempts === 1) return "yes";
  return idempotencyKeys === 1
    ? "yes, the same when it is repeated"
    : "yes, another on each attempt";
}
