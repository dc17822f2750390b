import type { SignInFailure } from "../context.ts";
import type { Draw } from "../http/fixed-windows.ts";
import type { LimitNews } from "../http/limits.ts";
import type { MetricValues } from "../http/metrics.ts";
import type { Claim } from "../http/slots.ts";

/** What a worker asks the primary process. */
export type Question =
  | { of: "points"; name: string; quota: number; ms: number; wanted: number }
  | { of: "slots"; claims: readonly Claim[] }
  | { of: "metrics" };

/** The answer to each kind of question. */
export interface Answers {
  points: Draw;
  /** `ticket`: gives the slots back. */
  slots: { ticket: number } | { full: number };
  /** In the text format of Prometheus. */
  metrics: string;
}

export type FromWorker =
  | { type: "ready"; url: string }
  /** It cannot start, and neither could another one in its place. */
  | { type: "failed"; reason: string }
  | { type: "question"; id: number; question: Question }
  | { type: "release"; ticket: number }
  | { type: "measured"; id: number; metrics: MetricValues[] }
  | { type: "news"; news: LimitNews }
  | { type: "sign-in failure"; failure: SignInFailure };

export type ToWorker =
  | { type: "answer"; id: number; answer: Answers[Question["of"]] }
  | { type: "measure"; id: number }
  | { type: "news"; news: LimitNews }
  | { type: "sign-in failure"; failure: SignInFailure }
  /** From now on it does what one process does for all. */
  | { type: "lead" }
  /** From now on it wants calls. */
  | { type: "open" }
  | { type: "stop" }
  /** To the leader, when the others have ended. */
  | { type: "finish" };
