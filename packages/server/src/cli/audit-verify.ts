import {
  type Anchor,
  type AuditExportVerification,
  type LogVerification,
  readExportLine,
  verifyExport,
} from "@serviceflow/domain";
import type { Database } from "../db/database.ts";
import { sha256Hex } from "../db/sha256.ts";
import { StateReport } from "../log/state-report.ts";
import { verifyLog } from "../log/verify.ts";
import { compareState } from "../log/verify-state.ts";
import { type AnchorFile, anchorsOf, readAnchorFile } from "./anchor-file.ts";
import { CommandFailed } from "./command-failed.ts";
import { describeDifference } from "./describe-difference.ts";
import { withDatabase } from "./operator.ts";
import { EXIT, type Output, styled } from "./output.ts";
import { Progress } from "./progress.ts";
import { linesOf } from "./read-lines.ts";

export interface VerifyOptions {
  anchor?: Anchor;
  /** A file of anchors. */
  anchors?: string;
  /** An export. */
  file?: string;
  state?: boolean;
  redacted?: boolean;
}

type Verification = LogVerification | AuditExportVerification;

/** Verifies the log or an export of it, and names the first entry that does not match. */
export async function verify(output: Output, options: VerifyOptions): Promise<void> {
  const { anchor, file, state } = options;
  if (file !== undefined && state) {
    throw new CommandFailed("An export holds no tables: --state needs the database.");
  }
  let kept = options.anchors === undefined ? null : await readAnchorFile(options.anchors);
  const lines = file === undefined ? null : await peeked(linesOf(file));
  const header = readExportLine(lines?.first ?? "");
  if (kept && header?.type === "header") kept = anchorsOf(header, kept);
  const progress = new Progress();
  const onProgress = (done: number, total: number) => progress.update(done, total);
  const against = { anchor, anchors: kept?.anchors, onProgress };
  const found: Verification =
    lines === null
      ? await withDatabase(async ({ db }) => {
          const verified = await verifyLog(db, against);
          return state ? withState(db, verified, options, onProgress) : verified;
        })
      : await verifyExport(lines.all, { sha256: sha256Hex, ...against });
  progress.end();
  const anchors = kept && {
    read: kept.anchors.length,
    unreadable: kept.unreadable,
    later: kept.later,
  };
  output.result({ ...found, ...(anchors && { anchors }) }, verdict(found, kept));
  const matches = !("state" in found) || found.state === null || found.state.matches;
  if (!found.valid || !matches) process.exitCode = EXIT.found;
}

/** The first line, and all of them. */
async function peeked(lines: AsyncGenerator<string>) {
  const { value, done } = await lines.next();
  const first = done ? "" : value;
  async function* all(): AsyncGenerator<string> {
    yield first;
    yield* lines;
  }
  return { first, all: all() };
}

async function withState(
  db: Database,
  verified: LogVerification,
  { redacted }: VerifyOptions,
  onProgress: (done: number, total: number) => void,
): Promise<LogVerification> {
  const report = new StateReport(redacted ?? false);
  const total = (verified.head?.position ?? 0) + verified.unsealed;
  await compareState(db, report, {
    onProgress: (entries) => onProgress(Math.min(entries, total), total),
  });
  return { ...verified, state: report.result() };
}

function verdict(found: Verification, kept: AnchorFile | null): string {
  return [...ofLog(found, kept), ...("state" in found ? ofState(found.state) : [])].join("\n");
}

function ofLog(found: Verification, kept: AnchorFile | null): string[] {
  const { entries, head, fault, erasedValues } = found;
  if (fault) {
    const before = `${count(entries)} entries before it are valid.`;
    return [`${styled("red", "The log is invalid:")} ${fault.detail} ${before}`];
  }
  const lines = [
    `${styled("green", "The log is valid.")} ${count(entries)} entries were verified.`,
  ];
  if (kept) lines.push(...ofAnchors(kept));
  if (erasedValues > 0) lines.push(`${erasedValues} names, addresses and texts were erased.`);
  if ("redacted" in found) lines.push(...limitsOf(found));
  if ("unsealed" in found && found.unsealed > 0) {
    lines.push(`${found.unsealed} entries are not sealed yet.`);
  }
  if (head) {
    lines.push("Store this outside the database, and pass it as --anchor next time:");
    lines.push(`  ${head.position}:${head.hash}`);
  }
  return lines;
}

function ofAnchors({ anchors, unreadable, later }: AnchorFile): string[] {
  const those = later === 0 ? "" : ` that are not later than it; ${count(later)} are`;
  const lines = [`It contains all ${count(anchors.length)} anchors of the file${those}.`];
  if (unreadable > 0) {
    lines.push(`${count(unreadable)} lines of the file hold no anchor, and were passed over.`);
  }
  return lines;
}

/** What an export does not show. */
function limitsOf({ redacted, laterErasures }: AuditExportVerification): string[] {
  if (redacted) {
    return ["The export is redacted: names, addresses and texts were not verified."];
  }
  if (laterErasures.length === 0) return [];
  const users = laterErasures.join(", ");
  return [`Values of ${users} are missing: a later export must contain their erasure.`];
}

function ofState(state: LogVerification["state"]): string[] {
  if (state === null) return [];
  const { matches, rows, differences, found } = state;
  if (matches) {
    return [`${styled("green", "The tables match the log.")} ${count(rows)} rows were compared.`];
  }
  const shown = found.map((difference) => `  ${describeDifference(difference)}`);
  const rest = differences - found.length;
  return [
    `${styled("red", "The tables differ from the log")} in ${count(differences)} places:`,
    ...shown,
    ...(rest > 0 ? [`  and ${count(rest)} more`] : []),
  ];
}

function count(number: number): string {
  return number.toLocaleString("en");
}
