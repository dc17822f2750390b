import { once } from "node:events";
import { type FileHandle, open as openFile } from "node:fs/promises";
import type { Writable } from "node:stream";
import { originOf } from "../commands/origin.ts";
import { exportLog } from "../log/export.ts";
import { sealBatch, sealStatus } from "../log/sealer.ts";
import { CommandFailed } from "./command-failed.ts";
import { operatorContext, withDatabase } from "./operator.ts";
import type { Output } from "./output.ts";
import { Progress } from "./progress.ts";

/** An export holds names, addresses and texts. */
const OWNER_ONLY = 0o600;

export interface ExportOptions {
  redacted?: boolean;
  output?: string;
}

/** Writes the sealed log as JSON Lines, to a file or to standard output. */
export async function exportTo(output: Output, options: ExportOptions): Promise<void> {
  const file = options.output === undefined ? null : await create(options.output);
  const to = file === null ? process.stdout : file.createWriteStream();
  // Drawn on the same terminal as the lines otherwise.
  const progress = file === null ? null : new Progress();
  let lines = 0;
  const written = await withDatabase(async (open) => {
    const { db } = open;
    // Not before: an earlier export stays while the database cannot be opened.
    if ((await file?.stat())?.isFile()) await file?.truncate();
    // There may be no running server that seals.
    while ((await sealBatch(db, new Date())) > 0);
    const { sealed } = await sealStatus(db);
    const ctx = operatorContext(open);
    const origin = originOf(ctx);
    const exported = exportLog({ ...ctx, origin, redacted: options.redacted ?? false });
    return write(to, exported, () => {
      lines += 1;
      progress?.update(Math.min(lines, sealed), sealed);
    });
  }).finally(() => progress?.end());
  if (!written || file === null) return;
  to.end();
  await once(to, "finish").catch(failed);
  const entries = lines - 2;
  output.result(
    { file: options.output, entries },
    `${entries.toLocaleString("en")} entries were written to ${options.output}.`,
  );
}

/** Before the database is opened, so that nothing is done in vain. @throws CommandFailed */
async function create(path: string): Promise<FileHandle> {
  try {
    const file = await openFile(path, "a", OWNER_ONLY);
    // One that was there keeps its mode otherwise.
    if ((await file.stat()).isFile()) await file.chmod(OWNER_ONLY);
    return file;
  } catch (error) {
    throw new CommandFailed(
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
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
    if (!goesOn && failure === null) {
      // An error ends the wait as well, and the listener has it.
      await Promise.race([once(to, "drain"), once(to, "close")]).catch(() => {});
    }
    if (failure !== null) break;
  }
  if (failure === null) return true;
  if ((failure as NodeJS.ErrnoException).code === "EPIPE") return false;
  return failed(failure);
}

function failed({ code }: NodeJS.ErrnoException): never {
  throw new CommandFailed(`The export cannot be written (${code}).`);
}
