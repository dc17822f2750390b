import {
  CHAIN_START,
  DomainError,
  draftEntry,
  type ExportEnd,
  type ExportedEntry,
  type ExportHeader,
} from "@serviceflow/domain";
import type { Database, HeavyReads } from "../db/database.ts";
import { appendEntry, type Origin } from "./append.ts";
import { type HeadRow, linksAfter, readHead, toHex } from "./chain-rows.ts";
import { erasuresSince } from "./erasures.ts";
import { numbersLeftOut } from "./request-numbers.ts";
import { toLink } from "./verify.ts";

const BATCH_SIZE = 1000;

export interface ExportOptions {
  db: Database;
  clock(): Date;
  random(size: number): Uint8Array;
  /** Who exports it: recorded before the first line. */
  origin: Origin;
  /** Leaves out names, addresses and free text. */
  redacted: boolean;
  signal?: AbortSignal | undefined;
}

/**
 * The sealed log as JSON Lines, each without its line break: a header, the entries in the order of the chain, and an
 * end.
 */
export async function* exportLog(options: ExportOptions): AsyncGenerator<string> {
  const { db, redacted } = options;
  const [head] = await db.query(readHead);
  if (!head) throw new DomainError("internal_error", "The audit log has no head.");
  const entries = Number(head.position);
  const now = options.clock().toISOString();
  const entry = draftEntry("audit_log.exported", {
    id: "audit_log",
    before: null,
    after: { entries, redacted },
  });
  await appendEntry(db, options.origin, entry, now, options.random);
  const header: ExportHeader = {
    type: "header",
    format: "serviceflow-audit-export",
    version: 1,
    exportedAt: now,
    entries,
    redacted,
  };
  yield JSON.stringify(header);
  for await (const line of entryLines(db, head, redacted, options.signal)) yield line;
  const hash = entries === 0 ? CHAIN_START : toHex(head.hash);
  // Values are read while others erase.
  const laterErasures = redacted ? [] : await erasuresSince(db.batches, head);
  const end: ExportEnd = {
    type: "end",
    position: entries,
    hash,
    ...(laterErasures.length > 0 && { laterErasures }),
  };
  yield JSON.stringify(end);
}

async function* entryLines(
  { batches }: HeavyReads,
  head: HeadRow,
  redacted: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  let after = "0";
  for (;;) {
    signal?.throwIfAborted();
    const rows = await batches.query(linksAfter, {
      after,
      to: head.position,
      limit: BATCH_SIZE,
    });
    const numbers = await numbersLeftOut(batches.query, rows);
    for (const row of rows) {
      signal?.throwIfAborted();
      const link = toLink(row, numbers);
      // A log that was tampered with is exported as it is: the verification of the export says so.
      if (link === null) continue;
      const { values, ...sealed } = link;
      const line: ExportedEntry = { type: "entry", ...sealed, ...(redacted ? {} : { values }) };
      yield JSON.stringify(line);
    }
    const last = rows.at(-1);
    if (!last || rows.length < BATCH_SIZE) return;
    after = last.position;
  }
}
