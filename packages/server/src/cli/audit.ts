import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Writable } from "node:stream";
import {
  type Anchor,
  type AuditExportVerification,
  type LogVerification,
  readAnchor,
  verifyExport,
} from "@serviceflow/domain";
import { InvalidArgumentError } from "commander";
import { originOf } from "../commands/origin.ts";
import { sha256Hex } from "../db/sha256.ts";
import { exportLog } from "../log/export.ts";
import { sealBatch } from "../log/sealer.ts";
import { verifyLog } from "../log/verify.ts";
import { CommandFailed } from "./failure.ts";
import { operatorContext, withDatabase } from "./operator.ts";
import { EXIT, type Output, styled } from "./output.ts";
import { Progress } from "./progress.ts";

export interface VerifyOptions {
  anchor?: Anchor;
  file?: string;
}

/** Verifies the log or an export of it, and names the first entry that does not match. */
export async function verify(output: Output, options: VerifyOptions): Promise<void> {
  const { anchor } = options;
  const progress = new Progress();
  const onProgress = (done: number, total: number) => progress.update(done, total);
  const found =
    options.file === undefined
      ? await withDatabase(({ db }) => verifyLog(db, { anchor, onProgress }))
      : await verifyExport(linesOf(options.file), { sha256: sha256Hex, anchor, onProgress });
  progress.end();
  output.result(found, verdict(found));
  if (!found.valid) process.exitCode = EXIT.found;
}

function verdict(found: LogVerification | AuditExportVerification): string {
  const { entries, head, fault, erasedValues } = found;
  if (fault) {
    const before = `${entries.toLocaleString("en")} entries before it are valid.`;
    return `${styled("red", "The log is invalid:")} ${fault.detail} ${before}`;
  }
  const lines = [
    `${styled("green", "The log is valid.")} ${entries.toLocaleString("en")} entries were verified.`,
  ];
  if (erasedValues > 0) lines.push(`${erasedValues} names, addresses and texts were erased.`);
  if ("unsealed" in found && found.unsealed > 0) {
    lines.push(`${found.unsealed} entries are not sealed yet.`);
  }
  if (head) {
    lines.push("Store this outside the database, and pass it as --anchor next time:");
    lines.push(`  ${head.position}:${head.hash}`);
  }
  return lines.join("\n");
}

/** Reads `--anchor`. */
export function toAnchor(text: string): Anchor {
  const anchor = readAnchor(text);
  if (anchor) return anchor;
  throw new InvalidArgumentError("It must be `position:hash`, as `audit verify` prints it.");
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = file === "-" ? process.stdin : createReadStream(file, "utf8");
  try {
    if (input !== process.stdin) await once(input, "open");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailed(`${file} cannot be read (${code}).`);
  }
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

export interface ExportOptions {
  redacted?: boolean;
  output?: string;
}

/** Writes the sealed log as JSON Lines, to a file or to standard output. */
export async function exportTo(output: Output, options: ExportOptions): Promise<void> {
  const to = options.output === undefined ? process.stdout : createWriteStream(options.output);
  let lines = 0;
  const written = await withDatabase(async ({ db }) => {
    // There may be no running server that seals.
    while ((await sealBatch(db, new Date())) > 0);
    const ctx = operatorContext(db);
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
