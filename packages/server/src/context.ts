import type { Caller, Role } from "@serviceflow/domain";
import type { Logger } from "pino";
import type { WatchedStream } from "./access/key-watch.ts";
import type { SignInFailure } from "./access/sign-in-failures.ts";
import type { Database } from "./db/database.ts";
import type { EventTail } from "./events/feed-end.ts";
import type { OpenStreams } from "./events/open-streams.ts";
import type { Limits } from "./http/limits.ts";
import type { Metrics } from "./http/metrics.ts";
import type { TargetRules } from "./http/outbound-target.ts";

/** What the server is made of; a test passes its own. */
export interface Services {
  db: Database;
  log: Logger;
  /** The moment it is. */
  clock(): Date;
  /** Cryptographically strong random bytes. */
  random(size: number): Uint8Array;
  limits: Limits;
  metrics: Metrics;
  /** Makes the first administrator; null: nobody can. */
  bootstrapKey: string | null;
  /** Tells that a key was used, to be written down later. */
  noteKeyUse(keyUuid: string, lastUsedAt: Date | null): void;
  /** Tells that a call was refused for its key, to be recorded later. */
  noteSignInFailure(failure: SignInFailure): void;
  /** Watches over the key of an answer that goes on for a while. */
  watchKey(keyUuid: string, role: Role): WatchedStream;
  openStreams: OpenStreams;
  /** The end of the feed, for the streams. */
  tail: EventTail;
  /** Where webhooks may lead. */
  webhookTargets: TargetRules;
}

/** One call, the same over tRPC and REST. */
export interface CallContext extends Services {
  transport: "trpc" | "rest";
  /** `X-Request-Id` */
  requestId: string;
  /** Path of the call, for `instance`. */
  path: string;
  clientAddress: string | null;
  /** A header of the call by its name in lower case, or null. */
  header(name: string): string | null;
  /** Headers of the answer, also of an error, by their names in lower case. */
  responseHeaders: Record<string, string>;
}

/** Who calls, as the API key says. */
export interface Principal {
  caller: Caller;
  userUuid: string;
  keyUuid: string;
  /** SHA-256 of the raw key is all the database knows; answers with secrets are encrypted under the key itself. */
  rawKey: string;
}

/** A call whose caller is known. */
export interface AuthenticatedContext extends CallContext {
  principal: Principal;
  caller: Caller;
}

/** A call whose caller is known, or that holds the bootstrap key instead. */
export type BootstrapContext = CallContext &
  ({ principal: Principal } | { principal: null; bootstrapSecret: string });
