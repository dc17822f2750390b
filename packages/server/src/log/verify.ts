import {
  type AnchorOptions,
  Anchors,
  CHAIN_START,
  type ChainFault,
  hashChecksOf,
  type LogVerification,
  type MissingValue,
  missingIn,
  missingValueFault,
  type SealedLink,
} from "@serviceflow/domain";
import type { Database, Reads } from "../db/database.ts";
import { sha256Hex } from "../db/sha256.ts";
import {
  entryOf,
  type HeadRow,
  type LinkRow,
  linksAfter,
  RESTORED_XID,
  readHead,
  toChainHead,
  toHex,
  toSealedEntry,
} from "./chain-rows.ts";
import { withoutErasure } from "./erasures.ts";
import { numberFault } from "./number-fault.ts";
import { type RequestNumbers, requestNumbers } from "./request-numbers.ts";
import { sealStatus } from "./sealer.ts";
import { headFault, strayFault } from "./verify-strays.ts";

const BATCH_SIZE = 2000;

export interface VerifyOptions extends AnchorOptions {
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
  const anchors = new Anchors(options);
  const { batches } = db;
  const [head] = await batches.query(readHead);
  const total = Number(head?.position ?? 0);
  let position = 0;
  let previous = CHAIN_START;
  let erasedValues = 0;
  const finish = async (
    fault: ChainFault | null,
    entries = position,
  ): Promise<LogVerification> => ({
    valid: fault === null,
    entries,
    head: head ? toChainHead(head) : null,
    unsealed: (await sealStatus(db)).unsealed,
    erasedValues,
    fault,
    state: null,
  });
  if (!head) return finish(headFault(0));

  let page = readPage(batches, position, total);
  while (position < total) {
    const { rows, numbers } = await page;
    options.signal?.throwIfAborted();
    const next = Number(rows.at(-1)?.position ?? total);
    if (next < total) {
      // The database reads the next page while this one is verified.
      page = readPage(batches, next, total);
    }
    const missing: MissingValue[] = [];
    let fault = rows.length === 0 ? missingSeal(position + 1) : null;
    for (const row of rows) {
      const link = toLink(row, numbers);
      fault = linkFault(link, row, { due: position + 1, previous, head, anchors, numbers });
      if (fault || link === null) break;
      missing.push(...missingIn(link));
      previous = link.hash;
      position = link.position;
    }
    erasedValues += missing.length;
    const [unexplained] = await withoutErasure(batches, missing);
    if (unexplained) return finish(missingValueFault(unexplained), unexplained.position - 1);
    if (fault) return finish(fault);
    options.onProgress?.(position, total);
  }
  const cutOff = anchors.faultAfter(total);
  if (cutOff) return finish(cutOff);
  if (previous !== toHex(head.hash)) return finish(headFault(total));
  return finish(await strayFault(batches, head, options.signal));
}

interface LinksPage {
  rows: LinkRow[];
  numbers: RequestNumbers;
}

/** Links after a position, with the numbers of their requests. */
function readPage(db: Reads, after: number, total: number): Promise<LinksPage> {
  const read = async () => {
    const page = { after: String(after), to: String(total), limit: BATCH_SIZE };
    const rows = await db.query(linksAfter, page);
    const ids = rows.map(({ serviceRequestId }) => serviceRequestId);
    return { rows, numbers: await requestNumbers(db.query, ids) };
  };
  const page = read();
  // A verification that ends before does not wait for it.
  page.catch(() => {});
  return page;
}

/**
 * A row of the chain as a link; null when its entry is gone.
 * @param numbers those that entries do not carry
 */
export function toLink(row: LinkRow, numbers: RequestNumbers): SealedLink | null {
  const entry = entryOf(row);
  if (entry === null) return null;
  return {
    position: Number(row.position),
    seq: Number(row.entrySeq),
    transaction: row.transaction,
    sealedAt: row.sealedAt,
    hash: toHex(row.hash),
    entry: toSealedEntry(entry, numbers),
    values: row.values ?? {},
  };
}

interface Expected {
  due: number;
  previous: string;
  head: HeadRow;
  anchors: Anchors;
  numbers: RequestNumbers;
}

function linkFault(
  link: SealedLink | null,
  row: LinkRow,
  { due, previous, head, anchors, numbers }: Expected,
): ChainFault | null {
  if (Number(row.position) !== due) return missingSeal(due);
  if (link === null) return missingEntry(row);
  for (const check of hashChecksOf(link, previous)) {
    if (sha256Hex(check.text) !== check.hash) return check.fault;
  }
  const otherNumber = numberFault(link, row, numbers);
  if (otherNumber) return otherNumber;
  const xid = link.position <= Number(head.restoredTo) ? RESTORED_XID : link.transaction;
  return row.xid === xid ? anchors.faultAt(due, link.hash) : movedEntry(link);
}

function movedEntry({ position, entry }: SealedLink): ChainFault {
  return {
    position,
    entryId: entry.id,
    problem: "entry_moved",
    detail: `Entry ${entry.id}, at position ${position}, names another transaction than the one that wrote it.`,
  };
}

function missingSeal(position: number): ChainFault {
  const detail = `The seal at position ${position} is missing.`;
  return { position, entryId: null, problem: "seal_missing", detail };
}

function missingEntry(row: LinkRow): ChainFault {
  const detail = `The entry that was sealed at position ${row.position}, number ${row.entrySeq} of the log, is missing.`;
  return { position: Number(row.position), entryId: null, problem: "entry_missing", detail };
}
