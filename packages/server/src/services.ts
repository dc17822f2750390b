import type { KeyBounds, SessionBounds } from "@serviceflow/domain";
import type { Logger } from "pino";
import { KeyWatch } from "./access/key-watch.ts";
import { KeyUseRecorder } from "./access/last-used.ts";
import { SignInFailureRecorder } from "./access/sign-in-failures.ts";
import { createLogReadSlots } from "./audit/log-read-slots.ts";
import { Job } from "./background.ts";
import { findCategories } from "./categories/store.ts";
import { idempotencyCleaner } from "./commands/idempotency-cleaner.ts";
import { findComments } from "./comments/store.ts";
import type { Services, SignInFailure } from "./context.ts";
import type { Database } from "./db/database.ts";
import { pooledRandomBytes } from "./db/random-bytes.ts";
import { RecentlyUsed } from "./db/recently-used.ts";
import { Feed } from "./events/feed.ts";
import { eventIndexer } from "./events/index-events.ts";
import { eventLoader } from "./events/store.ts";
import { createStreamSlots, type StreamLimits } from "./events/stream-slots.ts";
import { MAX_STALLED_MS } from "./http/guarded-body.ts";
import { type Limits, UNLIMITED } from "./http/limits.ts";
import { PUBLIC_TARGETS, type TargetRules } from "./http/outbound-target.ts";
import { memorySlots, type SlotStore } from "./http/slots.ts";
import { type AnchorTargets, anchorTargets } from "./log/anchor-targets.ts";
import { sealerJob } from "./log/sealer.ts";
import { findKeys } from "./people/api-keys/store.ts";
import { codeSweeper } from "./people/codes/expire.ts";
import { sessionCleaner } from "./people/sessions/forget.ts";
import { finishErasures } from "./people/users/erasure.ts";
import { findUsers } from "./people/users/store.ts";
import { PresenceBoard } from "./presence/board.ts";
import type { Broadcast } from "./presence/broadcast.ts";
import { DatabaseBroadcast } from "./presence/database-broadcast.ts";
import { participantsJob } from "./requests/complete-participants.ts";
import { wordsIndexer } from "./requests/index-words.ts";
import { RememberedWords } from "./requests/listed-words.ts";
import { statsJob } from "./requests/stats/builds.ts";
import { findRequests } from "./requests/store.ts";
import { visibleRequests } from "./requests/visibility.ts";
import { createMetrics } from "./server-metrics.ts";
import type { Tracer } from "./tracing/tracer.ts";
import { WebhookDispatcher } from "./webhooks/dispatcher.ts";
import type { WebhookSender } from "./webhooks/send.ts";
import { findWebhooks } from "./webhooks/store.ts";

const ERASURE_INTERVAL_MS = 60 * 60_000;
const MAINTENANCE_INTERVAL_MS = 15_000;
const WEBHOOK_TIMEOUT_MS = 15_000;
const WEBHOOK_MAX_IN_FLIGHT = 8;
/** Made by the first migration. */
const DEFAULT_CATEGORY = "general";
const MAX_KNOWN_CALLERS = 10_000;
const KEY_BOUNDS: KeyBounds = { maxPerUser: 50, maxLifetimeDays: null };
const SESSION_BOUNDS: SessionBounds = { idleHours: 12, maxDays: 30 };

export interface ServiceOptions {
  /** Creates the first administrator; by default nobody can. */
  bootstrapKey?: string | null;
  keyBounds?: KeyBounds;
  sessionBounds?: SessionBounds;
  /** Slug of the category of a request that names none; by default `general`. */
  defaultCategory?: string;
  clock?: () => Date;
  random?: (size: number) => Uint8Array;
  limits?: Limits;
  /** Makes spans of calls and deliveries; by default nothing is traced. */
  tracer?: Tracer | null;
  /** Whether answers are held against the contract field by field: yes, but on a server in production. */
  checksAnswers?: boolean;
  /** Open streams of events; by default without limit. */
  streamLimits?: StreamLimits;
  /** Verifications and exports of the log that a user runs at a time; 0: no limit. */
  logReadsPerUser?: number;
  /** How long the client of a streamed answer may read nothing. */
  maxStalledMs?: number;
  /** Whether anything is sent to webhooks, the default; otherwise it waits. */
  webhookSending?: boolean;
  webhookTargets?: TargetRules;
  /** Sends the messages, by default over the network. */
  webhookSender?: WebhookSender;
  webhookTimeoutMs?: number;
  /** Messages that are sent to one endpoint at a time. */
  webhookMaxInFlight?: number;
  /** Where anchors of the audit log go besides the log lines. */
  anchors?: AnchorTargets;
  /** Where slots of streams and of reads of the log are counted; by default in this process. */
  slots?: SlotStore;
  /** What carries presence to the other processes of the installation; by default the database. */
  broadcast?: Broadcast | null;
  /** The other processes of this server; by default there are none. */
  team?: Team;
}

/** Processes of one server, of which one leads: it does in the background what need not be done by each. */
interface Team {
  leads(): boolean;
  /** Passes it to the leader, who records it. */
  passFailure(failure: SignInFailure): void;
}

const ALONE: Team = { leads: () => true, passFailure: () => {} };

/** What a server does besides answering calls. */
export interface Background {
  readonly jobs: readonly Job[];
  /** Starts the work of this process and, if it leads, that of all. */
  start(): void;
  /** Starts the work of all, once this process leads. */
  lead(): void;
  /** Cuts every open stream, and each that is opened later. */
  cutStreams(): void;
  /** Begins to send to webhooks, which `start` does by itself. */
  startSending(): void;
  /** Sends to webhooks what has happened so far. */
  flushWebhooks(): Promise<void>;
  /** Writes what is pending, and waits for what is running. */
  stop(): Promise<void>;
}

/** Builds everything that a server is made of, once, over a database that is migrated. Nothing runs until `start`. */
export function createServices(
  db: Database,
  log: Logger,
  options: ServiceOptions = {},
): { services: Services; background: Background } {
  const { clock = () => new Date(), random = pooledRandomBytes(), team = ALONE } = options;
  const slots = options.slots ?? memorySlots();
  const sessionBounds = options.sessionBounds ?? SESSION_BOUNDS;
  const base = { db, log, clock, random };
  const { tracer = null } = options;
  const loadEvents = eventLoader({
    requests: findRequests,
    comments: findComments,
    users: findUsers,
    apiKeys: findKeys,
    categories: findCategories,
    webhooks: findWebhooks,
  });
  const feed = new Feed({ ...base, loadEvents, visibleTo: visibleRequests });
  const keyWatch = new KeyWatch(base);
  const ofDatabase = db.listen && new DatabaseBroadcast(db, db.listen, log);
  const presence = new PresenceBoard({ ...base, broadcast: options.broadcast ?? ofDatabase });
  const keyUse = new KeyUseRecorder({ ...base, sessionBounds });
  const signInFailures = new SignInFailureRecorder(base);
  const services: Services = {
    ...base,
    bootstrapKey: options.bootstrapKey ?? null,
    keyBounds: options.keyBounds ?? KEY_BOUNDS,
    sessionBounds,
    defaultCategory: options.defaultCategory ?? DEFAULT_CATEGORY,
    limits: options.limits ?? UNLIMITED,
    knownCallers: new RecentlyUsed(MAX_KNOWN_CALLERS),
    listedWords: new RememberedWords(db),
    checksAnswers: options.checksAnswers ?? true,
    metrics: createMetrics(db, feed, () => team.leads()),
    tracer,
    noteKeyUse: (keyUuid, lastUsedAt) => keyUse.note(keyUuid, lastUsedAt),
    noteSignInFailure: (failure) =>
      team.leads() ? signInFailures.note(failure) : team.passFailure(failure),
    watchKey: (identity) => keyWatch.watch(identity),
    openStreams: createStreamSlots(slots, options.streamLimits ?? { perKey: 0, perUser: 0 }),
    logReads: createLogReadSlots(slots, options.logReadsPerUser ?? 0),
    feed,
    presence,
    maxStalledMs: options.maxStalledMs ?? MAX_STALLED_MS,
    webhookTargets: options.webhookTargets ?? PUBLIC_TARGETS,
  };
  const dispatcher = new WebhookDispatcher(services, loadEvents, {
    timeoutMs: options.webhookTimeoutMs ?? WEBHOOK_TIMEOUT_MS,
    maxInFlight: options.webhookMaxInFlight ?? WEBHOOK_MAX_IN_FLIGHT,
    sender: options.webhookSender,
  });
  const anchors = anchorTargets(log, options.anchors ?? { file: null, url: null });
  const sealer = sealerJob({ ...base, anchorTargets: anchors });
  const anchorJobs = anchors.map(({ job }) => job);
  const jobsOfAll = [
    signInFailures.job,
    idempotencyCleaner(base),
    codeSweeper(base),
    sessionCleaner(base),
    erasureJob(base),
    participantsJob(base),
    wordsIndexer(base),
    eventIndexer(base),
    statsJob(base),
    ...maintenanceJobs(base),
  ];
  const jobs = [keyUse.job, ...jobsOfAll];
  const lead = () => {
    for (const job of [...jobsOfAll, sealer, ...anchorJobs]) job.start();
    if (options.webhookSending ?? true) dispatcher.start();
  };
  return {
    services,
    background: {
      jobs: [...jobs, keyWatch.job, sealer, ...anchorJobs, ...dispatcher.jobs],
      start() {
        keyUse.job.start();
        if (team.leads()) lead();
      },
      lead,
      cutStreams: () => keyWatch.close(),
      startSending: () => dispatcher.start(),
      flushWebhooks: () => dispatcher.flush(),
      async stop() {
        await dispatcher.stop();
        await Promise.all([feed.close(), presence.close()]);
        await Promise.all(jobs.map((job) => job.stop()));
        // Last, so that it seals what the others recorded.
        await sealer.stop();
        await Promise.all(anchorJobs.map((job) => job.stop()));
        services.limits.close();
      },
    },
  };
}

/** Resumes erasures that a stopped server did not finish. */
function erasureJob({ db, log, clock }: Pick<Services, "db" | "log" | "clock">): Job {
  return new Job({
    log,
    name: "finish erasures",
    everyMs: ERASURE_INTERVAL_MS,
    atStart: true,
    work: (stop) => finishErasures(db, clock(), stop),
  });
}

function maintenanceJobs({ db, log }: Pick<Services, "db" | "log">): Job[] {
  const { maintain } = db;
  if (maintain === null) return [];
  return [
    new Job({
      log,
      name: "vacuum the embedded database",
      everyMs: MAINTENANCE_INTERVAL_MS,
      work: maintain,
    }),
  ];
}
