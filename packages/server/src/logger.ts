import { DrizzleQueryError } from "drizzle-orm";
import { type DestinationStream, type Logger, pino } from "pino";
import pretty from "pino-pretty";
import { describeFailure, rootCause } from "./db/failure.ts";

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
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: safeError },
  };
  return isPretty
    ? pino(options, pretty({ sync: true, colorize: true }))
    : pino(options, destination ?? pino.destination({ sync: true }));
}

function safeError(error: unknown): object {
  const failure = describeFailure(error);
  const root = rootCause(error);
  // Wrappers are left out: the message of drizzle's contains all parameters.
  const holdsValues = failure.code !== undefined || root instanceof DrizzleQueryError;
  if (!(root instanceof Error) || holdsValues) return failure;
  return { ...failure, message: root.message, stack: root.stack };
}
