import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import type { Database } from "../db/database.ts";
import { describeFailure } from "../db/failure.ts";
import { statement } from "../db/statement.ts";

const PRECISION_MS = 60_000;
const FLUSH_INTERVAL_MS = 5_000;

const touch = statement(
  "api_keys_touch",
  sql`
    update api_keys set last_used_at = ${sql.placeholder("now")}::timestamptz
    where id = any(${sql.placeholder("ids")}::uuid[])
      and (last_used_at is null or last_used_at < ${sql.placeholder("now")}::timestamptz)`,
);

/** Writes down when keys were last used: at most once a minute a key, in batches, never in a call's way. */
export class KeyUseRecorder {
  readonly #db: Database;
  readonly #log: Logger;
  readonly #clock: () => Date;
  readonly #pending = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  constructor(db: Database, log: Logger, clock: () => Date) {
    this.#db = db;
    this.#log = log;
    this.#clock = clock;
    this.#timer = setInterval(() => void this.flush(), FLUSH_INTERVAL_MS);
    this.#timer.unref();
  }

  note(keyUuid: string, lastUsedAt: Date | null): void {
    if (lastUsedAt && this.#clock().getTime() - lastUsedAt.getTime() < PRECISION_MS) return;
    this.#pending.add(keyUuid);
  }

  async flush(): Promise<void> {
    if (this.#pending.size === 0) return;
    const ids = [...this.#pending];
    this.#pending.clear();
    try {
      await this.#db.query(touch, { ids, now: this.#clock().toISOString() });
    } catch (error) {
      this.#log.warn(describeFailure(error), "could not write down when keys were last used");
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}
