import { idleEnd, type SessionBounds } from "@serviceflow/domain";
import { Job } from "../background.ts";
import type { Services } from "../context.ts";
import type { Database } from "../db/database.ts";
import { apiKeys } from "../db/schema.ts";
import { p, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { set } from "../db/write.ts";

const PRECISION_MS = 60_000;
const FLUSH_INTERVAL_MS = 5_000;

const now = p("now", "timestamptz");
const idleEndsAt = p("idleEndsAt", apiKeys.idleEndsAt);

const touch = statement(
  "api_keys_touch",
  sql`
    update ${apiKeys} set ${set(apiKeys, {
      lastUsedAt: now,
      // A session that has ended stays so.
      idleEndsAt: sql`
        case when ${apiKeys.idleEndsAt} > ${now} then greatest(${apiKeys.idleEndsAt}, ${idleEndsAt})
          else ${apiKeys.idleEndsAt} end`,
    })}
    where ${apiKeys.id} = any(${p("ids", "uuid[]")})
      and (${apiKeys.lastUsedAt} is null or ${apiKeys.lastUsedAt} <= ${now} - interval '1 minute')`,
);

/** Records when keys and sessions were last used: at most once a minute for each, in batches. A session goes on by it. */
export class KeyUseRecorder {
  readonly job: Job;
  readonly #db: Database;
  readonly #clock: () => Date;
  readonly #bounds: SessionBounds;
  readonly #pending = new Set<string>();

  constructor({
    db,
    log,
    clock,
    sessionBounds,
  }: Pick<Services, "db" | "log" | "clock" | "sessionBounds">) {
    this.#db = db;
    this.#clock = clock;
    this.#bounds = sessionBounds;
    this.job = new Job({
      log,
      name: "record when keys were last used",
      everyMs: FLUSH_INTERVAL_MS,
      atStop: true,
      work: () => this.#flush(),
    });
  }

  /** @returns when it was last used, as far as that is recorded */
  note(keyUuid: string, lastUsedAt: string | null): string {
    const now = this.#clock();
    if (lastUsedAt && now.getTime() - Date.parse(lastUsedAt) < PRECISION_MS) return lastUsedAt;
    this.#pending.add(keyUuid);
    return now.toISOString();
  }

  async #flush(): Promise<void> {
    if (this.#pending.size === 0) return;
    const ids = [...this.#pending];
    this.#pending.clear();
    const now = this.#clock().toISOString();
    await this.#db.query(touch, { ids, now, idleEndsAt: idleEnd(this.#bounds, now) });
  }
}
