import { DrizzleQueryError } from "drizzle-orm";
import { type DestinationStream, type Logger, pino } from "pino";
import pretty from "pino-pretty";
import { describeFailure, rootCause } from "./db/failure.ts";

/** The time of a line, written down once for each millisecond. */
const timestamp = (() => {
  let at = 0;
  let text = "";
  return () => {
    const now = Date.now();
    if (now !== at) text = `,"time":"${new Date(now).toISOString()}"`;
    at = now;
    return text;
  };
})();

/**
 * Structured logs on standard output. An error is logged without its message where that could hold a caller's data: a
 * driver's message can contain the statement's values.
 */
export function createLogger(
  level: string,
  isPretty: boolean,
  destination?: DestinationStream,
): Logger {
  const options = {
    level,
    base: {},
    timestamp,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: safeError },
  };
  return isPretty
    ? pino(options, pretty({ sync: true, colorize: true, destination: destination ?? 1 }))
    : pino(options, destination ?? perTurn(pino.destination({ sync: true })));
}

/** So much at a time a pipe keeps whole among what other processes write to it: PIPE_BUF on Linux. */
const WHOLE_BYTES = 4_096;

/**
 * Writes the lines of a turn of the event loop together: a system call for each line would take a tenth of a short read.
 * What ends the process without its own doing loses the lines of that turn.
 */
function perTurn(destination: DestinationStream): DestinationStream {
  let pending = "";
  let bytes = 0;
  const flush = () => {
    const lines = pending;
    pending = "";
    bytes = 0;
    if (lines !== "") destination.write(lines);
  };
  process.once("exit", flush);
  return {
    write(line) {
      const size = Buffer.byteLength(line);
      if (bytes + size > WHOLE_BYTES) flush();
      if (pending === "") setImmediate(flush);
      pending += line;
      bytes += size;
    },
  };
}

function safeError(error: unknown): object {
  const failure = describeFailure(error);
  const root = rootCause(error);
  // Wrappers are left out: the message of drizzle's contains all parameters.
  const holdsValues = failure.code !== undefined || root instanceof DrizzleQueryError;
  if (!(root instanceof Error) || holdsValues) return failure;
  return { ...failure, message: root.message, stack: root.stack };
}
