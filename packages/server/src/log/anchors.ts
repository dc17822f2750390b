import type { AnchorRecord } from "@serviceflow/domain";
import type { Logger } from "pino";
import type { Database } from "../db/database.ts";
import { auditHead } from "../db/schema.ts";
import { p, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { set } from "../db/write.ts";
import type { AnchorTarget } from "./anchor-targets.ts";
import { readHead, toChainHead } from "./chain-rows.ts";

const INTERVAL_MS = 60_000;

// Another process may have put out a later one.
const note = statement(
  "audit_anchored",
  sql`
    update ${auditHead} set ${set(auditHead, {
      anchoredPosition: p("position", "bigint"),
      anchoredAt: p("anchoredAt", auditHead.anchoredAt),
    })}
    where coalesce(${auditHead.anchoredPosition}, 0) < ${p("position", "bigint")}`,
);

/**
 * Makes an anchor when the chain has grown, one a minute at most. Each process anchors what all of them have sealed:
 * from anchors, kept outside the database, an operator can tell whether the chain was rewritten or cut.
 */
export class Anchorer {
  readonly #db: Database;
  readonly #log: Logger;
  readonly #targets: readonly AnchorTarget[];
  readonly #startedAt: number;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #anchoredAt = Number.NEGATIVE_INFINITY;
  #position = 0;

  constructor(db: Database, log: Logger, targets: readonly AnchorTarget[], now: number) {
    this.#db = db;
    this.#log = log;
    this.#targets = targets;
    this.#startedAt = now;
  }

  /**
   * @param sealed whether this process has just sealed entries; the others' are looked for once a minute
   * @param hasMore whether a backlog is being sealed: its end is worth an anchor, unless it is more than a minute away
   */
  async anchor(now: Date, { sealed, hasMore }: { sealed: boolean; hasMore: boolean }) {
    const isOver = (since: number) => now.getTime() - since >= INTERVAL_MS;
    if (!isOver(this.#anchoredAt) || !(sealed || isOver(this.#lookedAt))) return;
    if (hasMore && !isOver(Math.max(this.#startedAt, this.#anchoredAt))) return;
    await this.anchorNow(now);
  }

  async anchorNow(now: Date): Promise<void> {
    this.#lookedAt = now.getTime();
    const [row] = await this.#db.query(readHead);
    const head = row && toChainHead(row);
    if (!head || head.position <= this.#position) return;
    this.#position = head.position;
    this.#anchoredAt = now.getTime();
    const record: AnchorRecord = {
      anchor: `${head.position}:${head.hash}`,
      sealedAt: head.sealedAt,
      anchoredAt: now.toISOString(),
    };
    this.#log.info({ anchor: record.anchor }, "audit log sealed");
    for (const target of this.#targets) target.put(record);
    await this.#db.query(note, { position: String(head.position), anchoredAt: record.anchoredAt });
  }
}
