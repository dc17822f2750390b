import { type AuditExportVerification, verifyAuditExport } from "@serviceflow/sdk";

/** What a check of a file has found. */
export interface FileCheck {
  name: string;
  bytes: number;
  result: AuditExportVerification;
  /** How long it took in milliseconds. */
  took: number;
}

/** About ten entries: their hashes are made in less time than the page takes to draw once. */
const STEP_BYTES = 16_384;

/**
 * Verifies an export in this browser, in steps between which the page answers.
 * @param onProgress gets the share that is read, 0 to 1
 */
export async function verifyFile(
  file: Blob & { name: string },
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
  let told = started;
  const inSteps = new TransformStream<Uint8Array, Uint8Array>({
    async transform(chunk, controller) {
      for (let from = 0; from < chunk.byteLength; from += STEP_BYTES) {
        const step = chunk.subarray(from, from + STEP_BYTES);
        read += step.byteLength;
        controller.enqueue(step);
        // Browsers hash short texts at once: without a pause all entries would be verified in one go.
        await pause();
        if (performance.now() - told < 100) continue;
        told = performance.now();
        onProgress(read / file.size);
      }
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

/** Lets the page answer. Unlike a timer it is not held back when it comes often. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
