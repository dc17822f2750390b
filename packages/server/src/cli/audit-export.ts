import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { Writable } from "node:stream";
import { originOf } from "../commands/origin.ts";
import { exportLog } from "../log/export.ts";
import { sealBatch } from "../log/sealer.ts";
import { CommandFailed } from "./command-failed.ts";
import { operatorContext, withDatabase } from "./operator.ts";
import type { Output } from "./output.ts";

export interface ExportOptions {
  redacted?: boolean;
  output?: string;
}

/** Writes the sealed log as JSON Lines, to a file or to standard output. */
export async function exportTo(output: Output, options: ExportOptions): Promise<void> {
  const to = options.output === undefined ? process.stdout : createWriteStream(options.output);
  let lines = 0;
  const written = await withDatabase(async (open) => {
    const { db } = open;
    // There may be no running server that seals.
    while ((await sealBatch(db, new Date())) > 0);
    const ctx = operatorContext(open);
    const origin = originOf(ctx);
    const exported = exportLog({ ...ctx, origin, redacted: options.redacted ?? false });
    return write(to, exported, () => {
      lines += 1;
    });
  });
  if (!written || options.output === undefined) return;
  to.end();
  await once(to, "finish");
  const entries = lines - 2;
  output.result(
    { file: options.output, entries },
    `${entries.toLocaleString("en")} entries were written to ${options.output}.`,
  );
}

/** @returns false when the reader of a pipe has closed it */
async function write(
  to: Writable,
  lines: AsyncIterable<string>,
  onLine: () => void,
): Promise<boolean> {
  let failure: NodeJS.ErrnoException | null = null;
  to.on("error", (error) => {
    failure = error;
  });
  for await (const line of lines) {
    const goesOn = to.write(`${line}\n`);
    onLine();
    if (!goesOn && failure === null) await Promise.race([once(to, "drain"), once(to, "close")]);
    if (failure !== null) break;
  }
  if (failure === null) return true;
  const { code } = failure as NodeJS.ErrnoException;
  if (code === "EPIPE") return false;
  throw new CommandFailed(`The export cannot be written (${code}).`);
}
