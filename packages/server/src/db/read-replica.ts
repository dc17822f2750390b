import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import { type Database, queryBy, type Reads, type ReplicaReads } from "./database.ts";
import { describeFailure, isConnectionLost, isUnavailable, rootCause } from "./failure.ts";
import { placeOf } from "./identity.ts";
import { columns, p, sql, value } from "./sql.ts";
import { statement } from "./statement.ts";

/** In milliseconds. */
interface Patience {
  /** How long a read waits for the replica to come as far as the primary was. */
  lag: number;
  /** How long a read waits for the replica to say anything. */
  answer: number;
  /** How long reads go to the primary at once after the replica lagged or failed. */
  avoided: number;
  /** The same after it did not say anything. */
  silentAvoided: number;
}

const PATIENCE: Patience = { lag: 100, answer: 500, avoided: 1_000, silentAvoided: 5_000 };
const POLL_MS = 4;

// After a failover, a replica of the old primary can be ahead of the new one, with commits that are lost.
const TIMELINE = sql`(select timeline_id from pg_control_checkpoint())`;

// What is committed and visible is before it. Without synchronous commits, that is not flushed yet.
const writtenTo = statement(
  "replica_written_to",
  sql`select ${columns({
    place: value(
      "text",
      sql`(case current_setting('synchronous_commit') when 'off' then pg_current_wal_insert_lsn()
        else pg_current_wal_flush_lsn() end)::text`,
    ),
    timeline: value("int", TIMELINE),
  })}`,
);

const replayedTo = statement(
  "replica_replayed_to",
  sql`select ${columns({
    isThere: value(
      "boolean",
      sql`
        pg_is_in_recovery() and pg_last_wal_replay_lsn() >= ${p("place", "text")}::pg_lsn
        and ${TIMELINE} = ${p("timeline", "int")}`,
    ),
  })}`,
);

/** The read replica is of another cluster, database or schema, and would answer with other data. */
export class NotAReplica extends Error {
  override readonly name = "NotAReplica";

  constructor() {
    super(
      "DATABASE_READ_URL is not a replica of DATABASE_URL: it leads to another cluster, database or schema.",
    );
  }
}

/** @throws NotAReplica; what asking either of them throws */
export async function requireReplica(primary: Database, replica: Database): Promise<void> {
  const [one, other] = await Promise.all([placeOf(primary), placeOf(replica)]);
  if (one.database !== other.database || one.schema !== other.schema) throw new NotAReplica();
}

const lag = statement(
  "replica_lag",
  sql`select ${columns({
    seconds: value(
      "float8?",
      sql`case when pg_is_in_recovery() then case
        when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
        else extract(epoch from now() - pg_last_xact_replay_timestamp()) end end`,
    ),
  })}`,
);

/** How many seconds ago was committed what a replica replayed last; null: it is not in recovery. */
export async function lagOf(replica: Database): Promise<number | null> {
  return (await replica.query(lag))[0]?.seconds ?? null;
}

/** The replica did not answer in time whether it may answer. */
class ReplicaSilent extends Error {
  override readonly name = "ReplicaSilent";
}

/**
 * Tells whether a replica has everything that was committed when a read began, so that it may answer: each read sees what
 * was written before it, by any client and through any server. Reads that begin together share the question.
 */
class Freshness {
  readonly #primary: Database;
  readonly #replica: Database;
  readonly #log: Logger;
  readonly #patience: Patience;
  #isVerified = false;
  #avoidedUntil = Number.NEGATIVE_INFINITY;
  #isWarned = false;
  #current: Promise<boolean> | null = null;
  #next: Promise<boolean> | null = null;

  constructor(primary: Database, replica: Database, log: Logger, patience: Patience) {
    this.#primary = primary;
    this.#replica = replica;
    this.#log = log;
    this.#patience = patience;
  }

  /** @returns false where the primary must answer */
  isFresh(): Promise<boolean> {
    if (this.#isAvoided) return Promise.resolve(false);
    // The round in progress may have asked the primary before this read began.
    if (this.#current) {
      this.#next ??= this.#current.then(() => this.#begin());
      return this.#next;
    }
    return this.#begin();
  }

  /** Sends reads to the primary for a while. */
  avoid(error: unknown): void {
    const { avoided, silentAvoided } = this.#patience;
    const isSilent = error instanceof ReplicaSilent;
    this.#avoidedUntil = performance.now() + (isSilent ? silentAvoided : avoided);
    if (this.#isWarned) return;
    this.#isWarned = true;
    const reason = error === null ? { reason: "lag" } : describeFailure(error);
    this.#log.warn(reason, "the read replica cannot answer; reads go to the primary");
  }

  /** @throws NotAReplica; what asking either of them throws */
  async verify(): Promise<void> {
    await requireReplica(this.#primary, this.#replica);
    this.#isVerified = true;
  }

  /** A machine that hangs closes no connection, and the limit of a statement is too long for every list to wait for. */
  async #hasReplayed(written: { place: string; timeline: number }): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new ReplicaSilent()), this.#patience.answer);
    });
    try {
      const [replayed] = await Promise.race([this.#replica.query(replayedTo, written), silence]);
      return replayed?.isThere === true;
    } finally {
      clearTimeout(timer);
    }
  }

  get #isAvoided(): boolean {
    return performance.now() < this.#avoidedUntil;
  }

  #begin(): Promise<boolean> {
    this.#next = null;
    // The round before may have found that it lags: one wait is enough.
    if (this.#isAvoided) return Promise.resolve(false);
    const round = this.#ask().finally(() => {
      if (this.#current === round) this.#current = null;
    });
    this.#current = round;
    return round;
  }

  async #ask(): Promise<boolean> {
    try {
      if (!this.#isVerified) await this.verify();
      const [written] = await this.#primary.query(writtenTo);
      if (!written) return false;
      const givesUpAt = performance.now() + this.#patience.lag;
      do {
        if (await this.#hasReplayed(written)) {
          if (this.#isWarned) this.#log.info("the read replica answers again");
          this.#isWarned = false;
          return true;
        }
        await pause(POLL_MS);
      } while (performance.now() < givesUpAt);
      this.avoid(null);
    } catch (error) {
      this.avoid(error);
    }
    return false;
  }
}

/**
 * A database whose heavy reads, and the light ones that say so, go to a replica as long as it has what was committed when
 * they began.
 * @throws NotAReplica
 */
export async function withReadReplica(
  primary: Database,
  replica: Database,
  { log, patience = PATIENCE }: { log: Logger; patience?: Patience },
): Promise<Database> {
  const freshness = new Freshness(primary, replica, log, patience);
  const reads: ReplicaReads = { replica: 0, primary: 0 };
  await freshness.verify().catch((error: unknown) => {
    if (error instanceof NotAReplica) throw error;
    freshness.avoid(error);
  });

  const either = (of: (db: Database) => Reads): Reads => {
    const query = queryBy(async (statement, values) => {
      if (await freshness.isFresh()) {
        try {
          const rows = await of(replica).query(statement, values);
          reads.replica += 1;
          return rows;
        } catch (error) {
          if (!canPrimaryAnswer(error)) throw error;
          freshness.avoid(error);
        }
      }
      reads.primary += 1;
      return of(primary).query(statement, values);
    });
    return { query };
  };
  return {
    ...primary,
    replicated: either((db) => db.replicated),
    heavy: either((db) => db.heavy),
    batches: either((db) => db.batches),
    replicaReads: () => reads,
    async close() {
      await Promise.all([replica.close(), primary.close()]);
    },
  };
}

/** A replica cancels what holds up its replay. */
const CONFLICT_WITH_RECOVERY = "40001";

function canPrimaryAnswer(error: unknown): boolean {
  const { code } = rootCause(error) as { code?: unknown };
  return code === CONFLICT_WITH_RECOVERY || isConnectionLost(error) || isUnavailable(error);
}
