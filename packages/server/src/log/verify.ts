import {
  type Anchor,
  anchorFault,
  CHAIN_START,
  type ChainFault,
  erasedIn,
  hashChecksOf,
  type LogVerification,
  type SealedLink,
  toPublicId,
} from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import type { Database } from "../db/database.ts";
import { auditHead, auditLogs, auditSeals } from "../db/schema.ts";
import { sha256Hex } from "../db/sha256.ts";
import { columns, p, type Row, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import {
  entryOf,
  type HeadRow,
  type LinkRow,
  linksAfter,
  RESTORED_XID,
  readHead,
  toChainHead,
  toHex,
  toMoment,
  toSealedEntry,
} from "./chain-rows.ts";
import { sealStatus } from "./sealer.ts";

const BATCH_SIZE = 2000;
const STRAY_BATCH_SIZE = 50_000;

export interface VerifyOptions {
  /** A place of the chain that was kept outside the database. */
  anchor?: Anchor | undefined;
  signal?: AbortSignal | undefined;
  /** Called after each batch with the number of entries verified so far, and of all. */
  onProgress?: ((verified: number, total: number) => void) | undefined;
}

/**
 * Verifies the log against its chain, from the first entry to the end: in batches, so that memory stays the same
 * however long the log is, while writers and the sealer go on.
 */
export async function verifyLog(
  db: Database,
  options: VerifyOptions = {},
): Promise<LogVerification> {
  const [head] = await db.query(readHead);
  const total = Number(head?.position ?? 0);
  let position = 0;
  let previous = CHAIN_START;
  let erasedValues = 0;
  const finish = async (fault: ChainFault | null): Promise<LogVerification> => ({
    valid: fault === null,
    entries: position,
    head: head ? toChainHead(head) : null,
    unsealed: (await sealStatus(db)).unsealed,
    erasedValues,
    fault,
  });
  if (!head) return finish(headFault(0));

  while (position < total) {
    options.signal?.throwIfAborted();
    const rows = await db.query(linksAfter, {
      after: String(position),
      to: String(total),
      limit: BATCH_SIZE,
    });
    if (rows.length === 0) return finish(missingSeal(position + 1));
    for (const row of rows) {
      const due = position + 1;
      if (Number(row.position) !== due) return finish(missingSeal(due));
      const link = toLink(row);
      if (link === null) return finish(missingEntry(row));
      const fault = faultOf(link, row, previous, head) ?? offAnchor(link, options.anchor);
      if (fault) return finish(fault);
      erasedValues += erasedIn(link);
      previous = link.hash;
      position = due;
    }
    options.onProgress?.(position, total);
  }
  const { anchor } = options;
  if (anchor && anchor.position > total) return finish(anchorFault(anchor, null));
  if (previous !== toHex(head.hash)) return finish(headFault(total));
  return finish(await strayFault(db, head, options.signal));
}

/** A row of the chain as a link; null when its entry is gone. */
export function toLink(row: LinkRow): SealedLink | null {
  const entry = entryOf(row);
  if (entry === null) return null;
  return {
    position: Number(row.position),
    seq: Number(row.entrySeq),
    transaction: row.transaction,
    sealedAt: toMoment(row.sealedAt),
    hash: toHex(row.hash),
    entry: toSealedEntry(entry),
    values: row.values ?? {},
  };
}

function faultOf(
  link: SealedLink,
  row: LinkRow,
  previous: string,
  head: HeadRow,
): ChainFault | null {
  for (const check of hashChecksOf(link, previous)) {
    if (sha256Hex(check.text) !== check.hash) return check.fault;
  }
  const xid = link.position <= Number(head.restoredTo) ? RESTORED_XID : link.transaction;
  if (row.xid === xid) return null;
  return {
    position: link.position,
    entryId: link.entry.id,
    problem: "entry_moved",
    detail: `Entry ${link.entry.id}, at position ${link.position}, names another transaction than the one that wrote it.`,
  };
}

function offAnchor(link: SealedLink, anchor: Anchor | undefined): ChainFault | null {
  return anchor?.position === link.position ? anchorFault(anchor, link.hash) : null;
}

function missingSeal(position: number): ChainFault {
  const detail = `The seal at position ${position} is missing.`;
  return { position, entryId: null, problem: "seal_missing", detail };
}

function missingEntry(row: LinkRow): ChainFault {
  const detail = `The entry that was sealed at position ${row.position}, number ${row.entrySeq} of the log, is missing.`;
  return { position: Number(row.position), entryId: null, problem: "entry_missing", detail };
}

function headFault(position: number): ChainFault {
  const detail =
    "The end of the chain differs from its recorded head: seals were added or removed.";
  return { position: position || null, entryId: null, problem: "head_mismatch", detail };
}

const last = alias(auditSeals, "last");

const ENDS = {
  headWrong: value(
    "boolean",
    sql`exists (
      select 1 from ${auditHead} left join ${auditSeals} ${last} on ${last.position} = ${auditHead.position}
      where ${auditHead.position} < ${p("position", "bigint")}
        or (${auditHead.position} > 0 and ${last.position} is null)
        or (${auditHead.position} > ${auditHead.restoredTo}
          and (${auditHead.xid}, ${auditHead.seq}) is distinct from (${last.transaction}, ${last.entrySeq}))
        or exists (
          select 1 from ${auditSeals}
          where ${auditSeals.position} > ${auditHead.position} or ${auditSeals.position} < 1
        )
    )`,
  ),
  ahead: value(
    "uuid?",
    sql`
      select ${auditLogs.id} from ${auditLogs}
      where ${auditLogs.xid} >= pg_snapshot_xmax(pg_current_snapshot())
      order by ${auditLogs.xid}, ${auditLogs.seq} limit 1`,
  ),
};

const ends = statement("audit_ends", sql`select ${columns(ENDS)}`);

const page = alias(auditLogs, "page");

const STRAY_PAGE = {
  last: value("text?", sql`max(${page.seq})`),
  stray: value(
    "uuid?",
    sql`
      select ${page.id} from ${page}
      where (${page.xid}, ${page.seq}) <= (${p("xid", "xid8")}, ${p("seq", "bigint")})
        and not exists (select 1 from ${auditSeals} where ${auditSeals.entrySeq} = ${page.seq})
      order by ${page.xid}, ${page.seq} limit 1`,
  ),
};

const strays = statement(
  "audit_strays",
  sql`
    with ${page} as (
      select ${auditLogs.id}, ${auditLogs.seq}, ${auditLogs.xid} from ${auditLogs}
      where ${auditLogs.seq} > ${p("after", "bigint")}
      order by ${auditLogs.seq} limit ${p("limit", "int")}
    )
    select ${columns(STRAY_PAGE)} from ${page}`,
);

const BEFORE_ALL = "-9223372036854775808";

/** What no single link shows: seals beyond the end, and entries among the sealed ones that have no seal. */
async function strayFault(
  db: Database,
  head: HeadRow,
  signal: AbortSignal | undefined,
): Promise<ChainFault | null> {
  const { position, xid, seq } = head;
  const [row] = await db.query(ends, { position });
  if (!row || row.headWrong) return headFault(Number(position));
  let after: string | null = BEFORE_ALL;
  while (after !== null) {
    signal?.throwIfAborted();
    const pages: Row<typeof STRAY_PAGE>[] = await db.query(strays, {
      after,
      xid,
      seq,
      limit: STRAY_BATCH_SIZE,
    });
    const [page] = pages;
    if (page?.stray) return unsealed(page.stray, "has no seal, though later entries have one");
    after = page?.last ?? null;
  }
  return row.ahead === null
    ? null
    : unsealed(row.ahead, "names a transaction that this database has not started yet");
}

function unsealed(uuid: string, what: string): ChainFault {
  const entryId = toPublicId("auditEntry", uuid);
  const detail = `Entry ${entryId} ${what}: it was inserted later.`;
  return { position: null, entryId, problem: "entry_unsealed", detail };
}
