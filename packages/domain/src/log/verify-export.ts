import {
  type Anchor,
  anchorFault,
  CHAIN_START,
  type ChainFault,
  type ChainHead,
  erasedIn,
  hashChecksOf,
  type LogVerification,
  type SealedLink,
} from "./hash-chain.ts";

/** The first line of an export. */
export interface ExportHeader {
  type: "header";
  format: "serviceflow-audit-export";
  version: 1;
  exportedAt: string;
  /** How many entries follow. */
  entries: number;
  /** Whether the private values were left out. */
  redacted: boolean;
}

/** A line for each entry, in the order of the chain. `values` is absent when the export is redacted. */
export interface ExportedEntry extends Omit<SealedLink, "values"> {
  type: "entry";
  values?: SealedLink["values"] | undefined;
}

/** The last line. Without it an export is truncated. */
export interface ExportEnd extends Anchor {
  type: "end";
}

/** The result of verifying an export. */
export type AuditExportVerification = Omit<LogVerification, "unsealed">;

export interface VerifyExportOptions {
  /** SHA-256 of the text's UTF-8, in hex. */
  sha256(text: string): string | Promise<string>;
  /** An anchor that was kept earlier. */
  anchor?: Anchor | undefined;
  /** Called periodically with the number of verified entries and the total. */
  onProgress?: ((verified: number, total: number) => void) | undefined;
}

const PROGRESS_INTERVAL = 1000;

/**
 * Verifies an export of the audit log line by line, without the server: recomputes each hash from the entry and the
 * previous hash.
 * @param lines of JSON, each with or without its line break; empty ones are skipped
 */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  options: VerifyExportOptions,
): Promise<AuditExportVerification> {
  const { anchor } = options;
  let total: number | null = null;
  let head: ChainHead | null = null;
  let erasedValues = 0;
  let ended = false;
  let number = 0;
  const result = (fault: ChainFault | null): AuditExportVerification => ({
    valid: fault === null,
    entries: head?.position ?? 0,
    head,
    erasedValues,
    fault,
  });
  for await (const text of lines) {
    number += 1;
    if (text.trim() === "") continue;
    const line = readLine(text);
    if (line === null || ended || (line.type === "header") !== (total === null)) {
      return result(malformed(number));
    }
    if (line.type === "header") {
      total = line.entries;
      continue;
    }
    if (line.type === "end") {
      if (!isEnd(line, head)) return result(wrongEnd(head));
      ended = true;
      continue;
    }
    const due: number = (head?.position ?? 0) + 1;
    if (line.position !== due) return result(missingSeal(due));
    const link = { ...line, values: line.values ?? null };
    const checks = hashChecksOf(link, head?.hash ?? CHAIN_START);
    const hashes = await Promise.all(checks.map(({ text }) => options.sha256(text)));
    const broken = checks.find(({ hash }, index) => hash !== hashes[index]);
    if (broken) return result(broken.fault);
    if (anchor?.position === due) {
      const fault = anchorFault(anchor, link.hash);
      if (fault) return result(fault);
    }
    erasedValues += erasedIn(link);
    head = { position: due, hash: link.hash, sealedAt: link.sealedAt };
    if (due % PROGRESS_INTERVAL === 0) options.onProgress?.(due, total ?? due);
  }
  if (!ended || head?.position !== (total || undefined)) return result(truncated(head));
  if (anchor && anchor.position > (head?.position ?? 0)) return result(anchorFault(anchor, null));
  return result(null);
}

type Line = ExportHeader | ExportedEntry | ExportEnd;

function readLine(text: string): Line | null {
  try {
    const line = JSON.parse(text) as Line | null;
    switch (line?.type) {
      case "header": {
        const isKnown = line.format === "serviceflow-audit-export" && line.version === 1;
        return isKnown && Number.isInteger(line.entries) ? line : null;
      }
      case "entry":
        return typeof line.entry?.id === "string" && areValues(line.values) ? line : null;
      case "end":
        return line;
      default:
        return null;
    }
  } catch {
    return null;
  }
}

function areValues(values: unknown): boolean {
  if (values === undefined) return true;
  if (typeof values !== "object" || values === null) return false;
  return Object.values(values).every(
    (pair) => Array.isArray(pair) && pair.length === 2 && pair.every((x) => typeof x === "string"),
  );
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
