import { type Logger, pino } from "pino";
import pretty from "pino-pretty";
import { describeFailure } from "./db/failure.ts";

/**
 * Structured logs on standard output. Of an error only what cannot hold a caller's data is written: a driver's message
 * can have the values of the statement in it.
 */
export function createLogger(level: string, isPretty: boolean): Logger {
  const options = {
    level,
    base: {},
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: safeError },
  };
  return isPretty
    ? pino(options, pretty({ sync: true, colorize: true }))
    : pino(options, pino.destination({ sync: true }));
}

function safeError(error: unknown): object {
  const failure = describeFailure(error);
  const isDatabaseError = failure.code !== undefined || failure.kind === "DrizzleQueryError";
  if (!(error instanceof Error) || isDatabaseError) return failure;
  const stack = (error.cause instanceof Error ? error.cause : error).stack;
  return { ...failure, message: error.message, stack };
}
