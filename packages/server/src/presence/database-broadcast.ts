import type { Logger } from "pino";
import { failureReporter } from "../background.ts";
import { type Database, NoSession } from "../db/database.ts";
import { columns, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import type { Broadcast, BroadcastListener } from "./broadcast.ts";

const RETRY_MS = 2_000;
/** What this process sends it hears as well; a session that hears nothing for so long is of a database that is gone. */
const MAX_SILENCE_MS = 10_000;

// Several installations can have schemas of their own in one database.
const CHANNEL = sql`'serviceflow_presence_' || md5(current_schema())`;
const channelName = statement(
  "presence_channel",
  sql`select ${columns({ name: value("text", CHANNEL) })}`,
);
const notify = statement(
  "presence_notify",
  sql`
    select ${columns({ sent: value("text", sql`pg_notify(${CHANNEL}, message.content)::text`) })}
    from unnest(${p("texts", "text[]")}) as message(content)`,
);

/** By NOTIFY, which holds no transaction open and leaves no rows. */
export class DatabaseBroadcast implements Broadcast {
  readonly #db: Database;
  readonly #listen: NonNullable<Database["listen"]>;
  readonly #log: Logger;
  readonly #report: (error: unknown) => void;
  #end: (() => Promise<void>) | null = null;
  #listener: BroadcastListener | null = null;
  #timer: NodeJS.Timeout | undefined;
  #unheardSince: number | null = null;

  constructor(db: Database, listen: NonNullable<Database["listen"]>, log: Logger) {
    this.#db = db;
    this.#listen = listen;
    this.#log = log;
    this.#report = failureReporter(log, "listen to the presence of other servers");
  }

  join(listener: BroadcastListener): void {
    this.#listener = listener;
    void this.#open(listener);
  }

  async #open(listener: BroadcastListener): Promise<void> {
    try {
      const [channel] = await this.#db.query(channelName);
      const end = await this.#listen(channel?.name ?? "", {
        heard: (text) => {
          this.#unheardSince = null;
          listener.heard(text);
        },
        ended: () => this.#openAgain(listener),
      });
      if (this.#listener !== listener) return void end();
      this.#end = end;
      this.#unheardSince = null;
      this.#report(null);
      listener.joined();
    } catch (error) {
      if (error instanceof NoSession) {
        this.#log.warn(
          "presence does not reach other processes: nobody can listen through this pooler. Set REDIS_URL.",
        );
        listener.alone();
        return;
      }
      this.#report(error);
      this.#openAgain(listener);
    }
  }

  #openAgain(listener: BroadcastListener): void {
    this.#end = null;
    if (this.#listener !== listener) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(listener), RETRY_MS).unref();
  }

  async send(texts: readonly string[]): Promise<void> {
    const end = this.#end;
    const listener = this.#listener;
    if (!end || !listener) return;
    const now = performance.now();
    if (this.#unheardSince !== null && now - this.#unheardSince > MAX_SILENCE_MS) {
      this.#openAgain(listener);
      await end();
      return;
    }
    this.#unheardSince ??= now;
    await this.#db.query(notify, { texts });
  }

  async close(): Promise<void> {
    this.#listener = null;
    clearTimeout(this.#timer);
    await this.#end?.();
    this.#end = null;
  }
}
