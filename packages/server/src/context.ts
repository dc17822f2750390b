import type {
  Caller,
  EventPage,
  KeyBounds,
  ListEventsInput,
  ListPresenceInput,
  RequestPresence,
  RequestPresences,
  Role,
  Scope,
  ServiceFlowEvent,
  SessionBounds,
  SetPresenceInput,
  StreamEventsInput,
  UserKind,
} from "@serviceflow/domain";
import type { Logger } from "pino";
import type { Database } from "./db/database.ts";
import type { RecentlyUsed } from "./db/recently-used.ts";
import type { BodySource } from "./http/body.ts";
import type { Lines } from "./http/call-lines.ts";
import type { Limits } from "./http/limits.ts";
import type { Metrics } from "./http/metrics.ts";
import type { TargetRules } from "./http/outbound-target.ts";
import type { Tracer } from "./tracing/tracer.ts";

/** Words that the table of known words is known to have, so that a write need not list them again. */
export interface ListedWords {
  missing(words: readonly string[]): string[];
  add(words: readonly string[]): void;
}

/** What can change of a key and its user. */
export interface Standing {
  actorRole: Role;
  actorName: string;
  actorActive: boolean;
  /** ISO 8601; null: never. */
  actorExpiresAt: string | null;
  actorRevokedAt: string | null;
  /** When a session ends unless it is used; null: a key, which need not be. */
  actorIdleEndsAt: string | null;
  /** When the key ends that a session was exchanged for; null: never, or there is none. */
  actorParentEndsAt: string | null;
}

/** A caller as the database last had them. */
export interface KnownCaller {
  readonly actor: Identity & { readonly userUuid: string };
  readonly standing: Standing;
  /** ISO 8601; null: never. */
  lastUsedAt: string | null;
}

/** What a call may use. `services.ts` builds each of them once; a test passes its own. */
export interface Services {
  db: Database;
  log: Logger;
  /** The current time. */
  clock(): Date;
  /** Cryptographically strong random bytes. */
  random(size: number): Uint8Array;
  limits: Limits;
  metrics: Metrics;
  /** Makes spans; null: nothing is traced. */
  tracer: Tracer | null;
  /** Creates the first administrator; null: the bootstrap is closed. */
  bootstrapKey: string | null;
  keyBounds: KeyBounds;
  sessionBounds: SessionBounds;
  /** Slug of the category of a request that names none. */
  defaultCategory: string;
  /** The callers who called most recently, by the SHA-256 of their keys: what they call for must be judged all the same. */
  knownCallers: RecentlyUsed<KnownCaller>;
  listedWords: ListedWords;
  /** Whether answers are held against the contract field by field, as tests do. */
  checksAnswers: boolean;
  /** Notes that a key was used; written later, in batches. @returns when it was last used, as far as that is recorded */
  noteKeyUse(keyUuid: string, lastUsedAt: string | null): string | null;
  /** Notes that a call had no valid key; recorded later, in batches. */
  noteSignInFailure(failure: SignInFailure): void;
  /**
   * Watches the key of a streamed answer.
   * @returns with the caller as they are now
   * @throws DomainError `unauthenticated` when the key or its user has ended since the call began
   */
  watchKey(identity: Identity): Promise<WatchedStream & { caller: Caller }>;
  openStreams: StreamSlots;
  logReads: LogReadSlots;
  feed: EventFeed;
  presence: Presences;
  /** How long the client of a streamed answer may read nothing, in milliseconds. */
  maxStalledMs: number;
  /** Where webhooks may be sent. */
  webhookTargets: TargetRules;
}

/** A call that was refused for its key. */
export interface SignInFailure {
  address: string | null;
  /** Of a key that is known but expired or revoked; null for any other. */
  keyUuid: string | null;
}

/** A streamed answer. `signal` aborts it when its key is revoked or expires, or the server stops. */
export interface WatchedStream {
  signal: AbortSignal;
  /** Call it when the answer has ended by itself. */
  end(): void;
}

/** Limits the streams that an API key and its user have open. */
export interface StreamSlots {
  /**
   * Takes a slot.
   * @param headers of the answer: a refusal sets `Retry-After`
   * @returns gives the slot back
   * @throws DomainError `rate_limited`
   */
  take(
    by: { keyUuid: string; userUuid: string },
    headers: Record<string, string>,
  ): Promise<() => void>;
}

/** Limits the verifications and exports of the log that a user runs at a time. */
export interface LogReadSlots {
  /**
   * Takes a slot.
   * @param headers of the answer: a refusal sets `Retry-After`
   * @returns gives the slot back
   * @throws DomainError `rate_limited`
   */
  take(userUuid: string, headers: Record<string, string>): Promise<() => void>;
}

/** The feed of events, oldest first: every committed change in an order that never changes. */
export interface EventFeed {
  /**
   * A page for one reader. What the reader has just committed is in it.
   * @throws DomainError `validation_failed`, `cursor_unknown`
   */
  list(reader: Caller, input: ListEventsInput): Promise<EventPage>;
  /**
   * Follows the feed for one reader until `signal` aborts.
   * @param presence what the stream tells besides
   * @throws DomainError `validation_failed`, `cursor_unknown` before the first batch
   */
  stream(
    reader: Caller,
    input: StreamEventsInput,
    signal: AbortSignal,
    presence: PresenceNews,
  ): Promise<AsyncGenerator<EventBatch>>;
}

/** Who is on which request now. */
export interface Presences {
  /** @throws DomainError `not_found` */
  get(caller: Caller, id: string): Promise<RequestPresence>;
  /** Of those requests on which the caller sees somebody. */
  list(caller: Caller, input: ListPresenceInput): Promise<RequestPresences>;
  /**
   * Says that the caller is there, or has left.
   * @param options.headers of the answer: a refusal sets `Retry-After`
   * @returns who else is there
   * @throws DomainError `not_found`, `forbidden`, `rate_limited`
   */
  set(
    actor: UserActor,
    caller: Caller,
    input: SetPresenceInput & { id: string },
    options: { headers: Record<string, string>; dryRun: boolean },
  ): Promise<RequestPresence>;
  /** For a stream of a key; call `end` when it ends. */
  watch(keyUuid: string): PresenceNews;
}

/** What a stream has yet to tell of who comes and goes. */
export interface PresenceNews {
  readonly isEmpty: boolean;
  /** Called when there is something to take. */
  onNews: () => void;
  take(): RequestPresence[];
  end(): void;
}

/** What a stream sends at a time: events, or none as a heartbeat. The first batch is empty and says where it begins. */
export interface EventBatch {
  events: ServiceFlowEvent[];
  /** Who is now on requests that the reader follows. No position of the feed: the cursor stays where it is. */
  presence: RequestPresence[];
  /** How far the stream has come: a stream opened after this cursor misses nothing. */
  cursor: string;
}

/** One call, the same over tRPC and REST. */
export interface CallContext extends Services {
  transport: "trpc" | "rest";
  /** The server's own id of the call, `X-Request-Id` of its answer. */
  requestId: string;
  /** Path of the call, for `instance`. */
  path: string;
  clientAddress: string | null;
  /** Whether it came over TLS, at least to the first trusted proxy. */
  secure: boolean;
  /** Aborts when the client disconnects before the answer is complete. */
  disconnected(): AbortSignal;
  /** A header of the call by its name in lower case, or null. */
  header(name: string): string | null;
  /** Headers of the answer, also of an error, by their names in lower case. */
  responseHeaders: Record<string, string>;
  /** What the log says of the call. */
  lines: Lines;
}

/** A call over HTTP. */
export interface HttpCall extends CallContext {
  /** It is still to be read, once the caller is known. */
  body: BodySource;
  /** The `Accept-Encoding` of the call; null also where answers are not compressed. */
  acceptEncoding: string | null;
}

/** Makes the context of a call, the same for both transports. */
export type ContextFactory = (request: Request, env: unknown) => HttpCall;

/** An API key or session and its owner: what never changes of them. */
export interface Identity {
  keyUuid: string;
  scopes: readonly Scope[];
  /** `usr_...` */
  userId: string;
  userKind: UserKind;
  /** Null: an API key. Of a session, by when the keys that it issues end. */
  session: { grantsUntil: string | null } | null;
}

/** A user who acts by an API key or session. */
export interface UserActor extends Identity {
  kind: "user";
  userUuid: string;
  /** The database holds its SHA-256 alone; answers with secrets are encrypted under the key itself. */
  rawKey: string;
  /** tRPC's path of the procedure that is called: an idempotency key is bound to it. */
  procedure: string;
  /** Set once a command's load has shown that key and user are good. */
  isJudged?: boolean;
}

/** The holder of the bootstrap key, who creates the first administrator. */
export interface BootstrapActor {
  kind: "bootstrap";
  caller: Caller;
  secret: string;
  procedure: string;
}

/** Who redeems a one-time code: its user, by means of it. */
export interface CodeActor {
  kind: "code";
  caller: Caller;
  /** Null: nobody has the code any more. */
  userUuid: string | null;
  secret: string;
  procedure: string;
}

/** The operator at the machine. */
interface OperatorActor {
  kind: "operator";
  caller: Caller;
}

/** The identity provider, and the person it vouches for. */
export interface ProviderActor {
  kind: "provider";
  caller: Caller;
  /** Null: the provider alone, which admits people. */
  userUuid: string | null;
}

/** Who acts. Only of a user the role, and whether they may act at all, can change. */
export type Actor = UserActor | BootstrapActor | CodeActor | ProviderActor | OperatorActor;

/** What a command needs to know of its call. */
export interface CommandContext
  extends Pick<
      Services,
      "db" | "clock" | "random" | "keyBounds" | "sessionBounds" | "defaultCategory"
    >,
    Pick<CallContext, "requestId" | "clientAddress" | "header" | "responseHeaders"> {
  actor: Actor;
}

/** A read whose caller is known. A mutation has no such caller: it is decided on the one that is loaded with its state. */
export interface AuthenticatedContext extends CallContext {
  actor: UserActor;
  caller: Caller;
}
