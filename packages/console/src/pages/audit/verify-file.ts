import { type AuditExportVerification, verifyAuditExport } from "@serviceflow/sdk";

/** What a check of a file has found. */
export interface FileCheck {
  name: string;
  bytes: number;
  result: AuditExportVerification;
  /** How long it took in milliseconds. */
  took: number;
}

/**
 * Verifies an export in this browser. The hashes are made outside the page’s thread, and the rest goes on in steps between
 * which the page answers.
 * @param onProgress gets the share that is read, 0 to 1
 */
export async function verifyFile(
  file: File,
  {
    anchor,
    signal,
    onProgress,
  }: {
    anchor?: { position: number; hash: string };
    signal: AbortSignal;
    onProgress: (share: number) => void;
  },
): Promise<FileCheck> {
  const started = performance.now();
  let read = 0;
  let rested = started;
  const inSteps = new TransformStream<Uint8Array, Uint8Array>({
    async transform(chunk, controller) {
      read += chunk.byteLength;
      controller.enqueue(chunk);
      if (performance.now() - rested < 40) return;
      onProgress(read / file.size);
      await new Promise((resolve) => setTimeout(resolve));
      rested = performance.now();
    },
  });
  const result = await verifyAuditExport(file.stream().pipeThrough(inSteps, { signal }), {
    ...(anchor === undefined ? {} : { anchor }),
  });
  onProgress(1);
  return { name: file.name, bytes: file.size, result, took: performance.now() - started };
}

/** Whether the browser can make hashes here: only pages over TLS, and localhost, may. */
export function canVerify(): boolean {
  return globalThis.crypto?.subtle !== undefined;
}
