import { type Caller, type Role, toPublicId } from "@serviceflow/domain";
import type { Logger } from "pino";
import { Job } from "../background.ts";
import type { Identity, Services, WatchedStream } from "../context.ts";
import type { Database } from "../db/database.ts";
import { apiKeys } from "../db/schema.ts";
import { columns, p, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { endedKey, KEY_AND_USER, STANDING, toCaller, unauthenticated } from "./authority.ts";

const INTERVAL_MS = 400;

const standings = statement(
  "api_keys_still_good",
  sql`
    select ${columns({ id: apiKeys.id, ...STANDING })} from ${KEY_AND_USER}
    where ${apiKeys.id} = any(${p("ids", "uuid[]")})`,
);

interface Watched {
  keyUuid: string;
  /** The role that the stream was opened with. */
  role: Role;
}

/**
 * Cuts the open streams of keys that expire or are revoked, and of users who are deactivated or get another role, on
 * any replica. It polls only while there are streams.
 */
export class KeyWatch {
  readonly job: Job;
  readonly #db: Database;
  readonly #log: Logger;
  readonly #clock: () => Date;
  readonly #streams = new Map<AbortController, Watched>();
  #closed = false;

  constructor({ db, log, clock }: Pick<Services, "db" | "log" | "clock">) {
    this.#db = db;
    this.#log = log;
    this.#clock = clock;
    this.job = new Job({
      log,
      name: "check the keys of open streams",
      everyMs: INTERVAL_MS,
      // A query that hangs must not delay a revocation.
      maxRunMs: INTERVAL_MS,
      work: () => this.#check(),
    });
  }

  /** Judges the key and its user again, because an answer can begin long after its call, and watches them from then on. */
  async watch(identity: Identity): Promise<WatchedStream & { caller: Caller }> {
    const { keyUuid } = identity;
    const [standing] = await this.#stillGood([keyUuid]);
    if (!standing) throw unauthenticated(identity.session ? "session" : "key");
    const controller = new AbortController();
    this.#streams.set(controller, { keyUuid, role: standing.actorRole });
    if (this.#closed) this.#cut(controller, keyUuid);
    else this.job.start();
    return {
      caller: toCaller(identity, standing),
      signal: controller.signal,
      end: () => this.#forget(controller),
    };
  }

  async #stillGood(ids: string[]) {
    const rows = await this.#db.query(standings, { ids });
    const now = this.#clock().toISOString();
    return rows.filter((row) => endedKey(row, now) === null);
  }

  async #check(): Promise<void> {
    const open = [...this.#streams];
    const ids = [...new Set(open.map(([, { keyUuid }]) => keyUuid))];
    const rows = await this.#stillGood(ids);
    const roles = new Map(rows.map(({ id, actorRole }) => [id, actorRole]));
    for (const [controller, { keyUuid, role }] of open) {
      if (roles.get(keyUuid) !== role) this.#cut(controller, keyUuid);
    }
  }

  #cut(controller: AbortController, keyUuid: string): void {
    this.#forget(controller);
    controller.abort(new Error("The API key or session ended, or the server is stopping."));
    this.#log.info({ apiKey: toPublicId("apiKey", keyUuid) }, "stream cut");
  }

  #forget(controller: AbortController): void {
    this.#streams.delete(controller);
    if (this.#streams.size === 0) void this.job.stop();
  }

  /** Cuts every open stream, and each that is still opened. */
  close(): void {
    this.#closed = true;
    for (const [controller, { keyUuid }] of [...this.#streams]) this.#cut(controller, keyUuid);
  }
}
