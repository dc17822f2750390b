import type { ExportSink } from "./export-sink.ts";

const BATCH_CHARACTERS = 256_000;

/** How far an export is. */
export interface ExportProgress {
  lines: number;
  /** How many entries the header announces; null before it is there. */
  entries: number | null;
}

/**
 * Writes the lines of an export, many at a time. When the lines or the sink fail, nothing is left behind.
 * @throws the error of the lines or of the sink
 */
export async function writeExport(
  lines: AsyncIterable<string>,
  sink: ExportSink,
  onProgress: (progress: ExportProgress) => void,
): Promise<ExportProgress> {
  const progress: ExportProgress = { lines: 0, entries: null };
  let batch: string[] = [];
  let size = 0;
  const flush = async () => {
    if (size === 0) return;
    await sink.write(batch.join(""));
    batch = [];
    size = 0;
    onProgress({ ...progress });
  };
  try {
    for await (const line of lines) {
      if (progress.lines === 0) progress.entries = announced(line);
      progress.lines += 1;
      batch.push(line.endsWith("\n") ? line : `${line}\n`);
      size += line.length + 1;
      if (size >= BATCH_CHARACTERS) await flush();
    }
    await flush();
    await sink.close();
    return progress;
  } catch (error) {
    await sink.abort().catch(() => {});
    throw error;
  }
}

function announced(header: string): number | null {
  try {
    const { entries } = JSON.parse(header) as { entries?: unknown };
    return typeof entries === "number" ? entries : null;
  } catch {
    return null;
  }
}
