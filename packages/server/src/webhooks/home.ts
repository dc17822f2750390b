import type { Logger } from "pino";
import type { Database } from "../db/database.ts";
import { DATABASE_IDENTITY } from "../db/identity.ts";
import { auditHead } from "../db/schema.ts";
import { columns, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { set } from "../db/write.ts";

const isHere = statement(
  "webhook_home",
  sql`
    select ${columns({
      isHome: value("boolean", sql`coalesce(${auditHead.home} = ${DATABASE_IDENTITY}, false)`),
      isUnclaimed: value("boolean", sql`${auditHead.home} is null`),
    })}
    from ${auditHead}`,
);

const claim = statement(
  "webhook_home_claim",
  sql`update ${auditHead} set ${set(auditHead, { home: DATABASE_IDENTITY })} where ${auditHead.home} is null`,
);

const move = statement(
  null,
  sql`update ${auditHead} set ${set(auditHead, { home: DATABASE_IDENTITY })}`,
);

/** Whether the database was copied from another one, which may still send the same webhooks. */
export async function isCopy(db: Database): Promise<boolean> {
  const [row] = await db.query(isHere);
  return row !== undefined && !row.isHome && !row.isUnclaimed;
}

/** From now on this database sends webhooks, and not the one that it was copied from. */
export async function sendFromHere(db: Database): Promise<void> {
  await db.query(move);
}

/** Holds back what a copy would send a second time. The first database that sends claims the right to. */
export class SendingHome {
  readonly #db: Database;
  readonly #log: Logger;
  #isHome = false;
  #isWarned = false;

  constructor({ db, log }: { db: Database; log: Logger }) {
    this.#db = db;
    this.#log = log;
  }

  /** Asks until it may send, and not again after that. */
  async maySend(): Promise<boolean> {
    if (this.#isHome) return true;
    if (await isCopy(this.#db)) {
      if (!this.#isWarned) this.#log.warn(HELD);
      this.#isWarned = true;
      return false;
    }
    await this.#db.query(claim);
    this.#isHome = true;
    if (this.#isWarned) this.#log.info("webhooks are sent from this database");
    return true;
  }
}

const HELD =
  "webhooks are held back: this database is a copy of another one; `serviceflow webhooks resume` sends them from here";
