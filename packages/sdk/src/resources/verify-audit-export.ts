import { type Anchor, type AuditExportVerification, verifyExport } from "@serviceflow/domain";
import { readChunks } from "../read-chunks.ts";
import { splitLines } from "../transport/split-lines.ts";

/** Options of `verifyAuditExport`. */
export interface VerifyAuditExportOptions {
  /** The `head` of an earlier verification, which the chain must contain. */
  anchor?: Anchor | undefined;
  /** Called every 1000 entries with the number of verified entries and the total. */
  onProgress?: ((verified: number, total: number) => void) | undefined;
}

/**
 * Verifies an export of the audit log offline, by recomputing its hash chain. `fault` describes the first entry that was
 * changed, removed, added or moved; an invalid export does not throw.
 *
 * Store `head` outside the database. As the `anchor` of a later verification it reveals a log that was rewritten or
 * truncated as a whole.
 * @param lines the result of `sf.audit.export()`, the lines of a file, or its bytes as a stream
 * @throws ServiceFlowError `invalid_response` for a stream with a line of more than a million characters
 * @example
 * ```ts
 * const { valid, head, fault } = await verifyAuditExport(sf.audit.export());
 * if (!valid) console.error(fault?.entryId, fault?.detail);
 * ```
 */
export function verifyAuditExport(
  lines: AsyncIterable<string> | Iterable<string> | ReadableStream<Uint8Array | string>,
  options: VerifyAuditExportOptions = {},
): Promise<AuditExportVerification> {
  const source = isStream(lines) ? splitLines(readChunks(lines)) : lines;
  return verifyExport(source, { ...options, sha256 });
}

function isStream(lines: object): lines is ReadableStream<Uint8Array | string> {
  return "getReader" in lines;
}

const encoder = new TextEncoder();

async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
  return Array.from(digest, (byte) => HEX[byte]).join("");
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
