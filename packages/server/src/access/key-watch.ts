import { type Role, toPublicId } from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import type { Database } from "../db/database.ts";
import { describeFailure } from "../db/failure.ts";
import { statement } from "../db/statement.ts";

const INTERVAL_MS = 400;

const stillGood = statement(
  "api_keys_still_good",
  sql`
    select k.id, u.role from api_keys k join users u on u.id = k.user_id
    where k.id = any(${sql.placeholder("ids")}::uuid[]) and u.active
      and (k.revoked_at is null or k.revoked_at > ${sql.placeholder("now")}::timestamptz)
      and (k.expires_at is null or k.expires_at > ${sql.placeholder("now")}::timestamptz)`,
);

/** An answer that goes on for a while. `signal` aborts it when its key ends. */
export interface WatchedStream {
  signal: AbortSignal;
  /** To be called when the answer has ended by itself. */
  end(): void;
}

interface Watched {
  keyUuid: string;
  /** The role that the stream was opened with. */
  role: Role;
}

/**
 * Ends the open streams of keys that are revoked, expire, or whose user is deactivated or given another role, on
 * whatever replica that was.
 */
export class KeyWatch {
  readonly #db: Database;
  readonly #log: Logger;
  readonly #clock: () => Date;
  readonly #streams = new Map<AbortController, Watched>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(db: Database, log: Logger, clock: () => Date) {
    this.#db = db;
    this.#log = log;
    this.#clock = clock;
  }

  watch(keyUuid: string, role: Role): WatchedStream {
    const controller = new AbortController();
    this.#streams.set(controller, { keyUuid, role });
    if (this.#closed) this.#cut(controller, keyUuid);
    else this.#timer ??= setInterval(() => void this.#check(), INTERVAL_MS).unref();
    return { signal: controller.signal, end: () => this.#forget(controller) };
  }

  async #check(): Promise<void> {
    const open = [...this.#streams];
    const ids = [...new Set(open.map(([, { keyUuid }]) => keyUuid))];
    try {
      const now = this.#clock().toISOString();
      const rows = await this.#db.query<{ id: string; role: Role }>(stillGood, { ids, now });
      const roles = new Map(rows.map(({ id, role }) => [id, role]));
      for (const [controller, { keyUuid, role }] of open) {
        if (roles.get(keyUuid) !== role) this.#cut(controller, keyUuid);
      }
    } catch (error) {
      this.#log.warn(describeFailure(error), "could not check the keys of open streams");
    }
  }

  #cut(controller: AbortController, keyUuid: string): void {
    this.#forget(controller);
    controller.abort(new Error("The API key has ended, or the server stops."));
    this.#log.info({ apiKey: toPublicId("apiKey", keyUuid) }, "stream cut");
  }

  #forget(controller: AbortController): void {
    this.#streams.delete(controller);
    if (this.#streams.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Ends every open stream, and whatever is still opened. */
  close(): void {
    this.#closed = true;
    for (const [controller, { keyUuid }] of [...this.#streams]) this.#cut(controller, keyUuid);
  }
}
