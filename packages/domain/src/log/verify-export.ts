import { type AnchorOptions, Anchors } from "./anchors.ts";
import { Erasures } from "./erasures.ts";
import { type ExportEnd, readExportLine } from "./export-lines.ts";
import {
  CHAIN_START,
  type ChainFault,
  type ChainHead,
  hashChecksOf,
  type LogVerification,
  type SealedLink,
} from "./hash-chain.ts";
import { missingValueFault } from "./missing-values.ts";

/** The result of verifying an export. */
export interface AuditExportVerification extends Omit<LogVerification, "unsealed" | "state"> {
  /** Whether names, addresses and free text were left out: then nothing is known of them. */
  redacted: boolean;
  /**
   * Ids of users whose erasure alone explains missing values, though the export ends before it: a later export must
   * contain it.
   */
  laterErasures: string[];
}

export interface VerifyExportOptions extends AnchorOptions {
  /** SHA-256 of the text's UTF-8, in hex. */
  sha256(text: string): string | Promise<string>;
  /** Called periodically with the number of verified entries and the total. */
  onProgress?: ((verified: number, total: number) => void) | undefined;
}

const PROGRESS_INTERVAL = 1000;

/**
 * Verifies an export of the audit log line by line, without the server: recomputes each hash from the entry and the
 * previous hash, and explains each missing value by an erasure.
 * @param lines of JSON, each with or without its line break; empty ones are skipped
 */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  options: VerifyExportOptions,
): Promise<AuditExportVerification> {
  const anchors = new Anchors(options);
  const erasures = new Erasures();
  let total: number | null = null;
  let redacted = false;
  let head: ChainHead | null = null;
  let end: ExportEnd | null = null;
  let number = 0;
  const result = (
    fault: ChainFault | null,
    { entries = head?.position ?? 0, laterErasures = [] as string[] } = {},
  ): AuditExportVerification => ({
    valid: fault === null,
    entries,
    head,
    erasedValues: erasures.values,
    redacted,
    laterErasures,
    fault,
  });
  for await (const text of lines) {
    number += 1;
    if (text.trim() === "") continue;
    const line = readExportLine(text);
    if (line === null || end !== null || (line.type === "header") !== (total === null)) {
      return result(malformed(number));
    }
    if (line.type === "header") {
      total = line.entries;
      redacted = line.redacted === true;
      continue;
    }
    if (line.type === "end") {
      if (!isEnd(line, head)) return result(wrongEnd(head));
      end = line;
      continue;
    }
    const due: number = (head?.position ?? 0) + 1;
    if (line.position !== due) return result(missingSeal(due));
    const link: SealedLink = { ...line, values: line.values ?? (redacted ? null : {}) };
    const checks = hashChecksOf(link, head?.hash ?? CHAIN_START);
    const hashes = await Promise.all(checks.map(({ text }) => options.sha256(text)));
    const broken = checks.find(({ hash }, index) => hash !== hashes[index]);
    if (broken) return result(broken.fault);
    const offAnchor = anchors.faultAt(due, link.hash);
    if (offAnchor) return result(offAnchor);
    const inexplicable = erasures.read(link);
    if (inexplicable) return result(missingValueFault(inexplicable));
    head = { position: due, hash: link.hash, sealedAt: link.sealedAt };
    if (due % PROGRESS_INTERVAL === 0) options.onProgress?.(due, total ?? due);
  }
  if (end === null || head?.position !== (total || undefined)) return result(truncated(head));
  const cutOff = anchors.faultAfter(total ?? 0);
  if (cutOff) return result(cutOff);
  const { unexplained, later } = erasures.judge(end.laterErasures ?? []);
  if (unexplained === null) return result(null, { laterErasures: later });
  return result(missingValueFault(unexplained), { entries: unexplained.position - 1 });
}

function isEnd(line: ExportEnd, head: ChainHead | null): boolean {
  return line.position === (head?.position ?? 0) && line.hash === (head?.hash ?? CHAIN_START);
}

function malformed(number: number): ChainFault {
  const detail = `Line ${number} is not a line of an audit export, or is out of place.`;
  return { position: null, entryId: null, problem: "malformed_line", detail };
}

function wrongEnd(head: ChainHead | null): ChainFault {
  const position = head?.position ?? null;
  const detail = "The last line does not match the end of the chain.";
  return { position, entryId: null, problem: "head_mismatch", detail };
}

function missingSeal(position: number): ChainFault {
  const detail = `Position ${position} of the chain is missing or out of place.`;
  return { position, entryId: null, problem: "seal_missing", detail };
}

function truncated(head: ChainHead | null): ChainFault {
  const position = (head?.position ?? 0) + 1;
  const detail = "The export is truncated: its last line is missing.";
  return { position, entryId: null, problem: "truncated", detail };
}
