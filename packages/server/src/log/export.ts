import {
  CHAIN_START,
  DomainError,
  type ExportEnd,
  type ExportedEntry,
  type ExportHeader,
  record,
} from "@serviceflow/domain";
import type { BootstrapContext } from "../context.ts";
import type { Database } from "../db/database.ts";
import { appendEntry, originOf } from "./append.ts";
import { type HeadRow, type LinkRow, linksAfter, readHead, toHex } from "./chain.ts";
import { toLink } from "./verify.ts";

const BATCH_SIZE = 1000;

export interface ExportOptions {
  /** Whether names, addresses and free text are left out. */
  redacted: boolean;
  signal?: AbortSignal | undefined;
}

/**
 * The sealed log as JSON Lines, each without its line break: a header, the entries in the order of the chain, and an
 * end. That an export was made is recorded before its first line.
 */
export async function* exportLog(
  ctx: BootstrapContext,
  { redacted, signal }: ExportOptions,
): AsyncGenerator<string> {
  const [head] = await ctx.db.query<HeadRow>(readHead);
  if (!head) throw new DomainError("internal_error", "The audit log has no head.");
  const entries = Number(head.position);
  const now = ctx.clock().toISOString();
  const entry = record("audit_log.exported", "audit_log", null, { entries, redacted });
  await appendEntry(ctx.db, originOf(ctx), entry, now, ctx.random);
  const header: ExportHeader = {
    type: "header",
    format: "serviceflow-audit-export",
    version: 1,
    exportedAt: now,
    entries,
    redacted,
  };
  yield JSON.stringify(header);
  for await (const line of entryLines(ctx.db, head, redacted, signal)) yield line;
  const hash = entries === 0 ? CHAIN_START : toHex(head.hash);
  const end: ExportEnd = { type: "end", position: entries, hash };
  yield JSON.stringify(end);
}

async function* entryLines(
  db: Database,
  head: HeadRow,
  redacted: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  let after = "0";
  for (;;) {
    signal?.throwIfAborted();
    const rows = await db.query<LinkRow>(linksAfter, {
      after,
      to: head.position,
      limit: BATCH_SIZE,
    });
    for (const row of rows) {
      signal?.throwIfAborted();
      const link = toLink(row);
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
