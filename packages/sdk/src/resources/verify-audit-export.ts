import { type Anchor, type AuditExportVerification, verifyExport } from "@serviceflow/domain";
import { readPieces, splitLines } from "../transport/lines.ts";

export interface VerifyAuditExportOptions {
  /** A head that an earlier verification named: the chain must still have it. */
  anchor?: Anchor | undefined;
  /** Told now and then how many entries fit so far, of how many. */
  onProgress?: ((verified: number, total: number) => void) | undefined;
}

/**
 * Verifies an export of the audit log, without a server: every entry is hashed anew, together with the hash of the one
 * before it. The first that was changed, removed, added or moved is named in `fault`.
 *
 * Nothing is thrown for an export that does not fit. Keep `head` elsewhere: as the `anchor` of a later verification it
 * shows a log that was rewritten or cut as a whole.
 * @param lines of the export: what `sf.audit.export()` gives, lines of a file, or its bytes as a stream
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
  const each = isStream(lines) ? splitLines(readPieces(lines)) : lines;
  return verifyExport(each, { ...options, sha256 });
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
