import { type Anchor, type ExportHeader, readAnchorRecord } from "@serviceflow/domain";
import { CommandFailed } from "./command-failed.ts";
import { linesOf } from "./read-lines.ts";

/** What a file of anchors holds. */
export interface AnchorFile {
  anchors: (Anchor & { anchoredAt: string })[];
  /** Lines that hold no anchor. A crash can leave one that is cut short. */
  unreadable: number;
  /** Anchors that were left out, because an export is older. */
  later: number;
}

/** Reads a file that the server appended to: `AUDIT_ANCHOR_FILE`. */
export async function readAnchorFile(file: string): Promise<AnchorFile> {
  const anchors: AnchorFile["anchors"] = [];
  let unreadable = 0;
  for await (const line of linesOf(file)) {
    if (line.trim() === "") continue;
    const record = readAnchorRecord(line);
    if (record) anchors.push({ ...record.place, anchoredAt: record.anchoredAt });
    else unreadable += 1;
  }
  if (anchors.length === 0) throw new CommandFailed(`${file} holds no anchor.`);
  return { anchors, unreadable, later: 0 };
}

/**
 * Leaves out the anchors beyond the end of an export that were made after it. Those at its positions all count, no matter
 * which age its header claims.
 * @throws CommandFailed when none is left
 */
export function anchorsOf(
  { entries, exportedAt }: ExportHeader,
  { anchors, unreadable }: AnchorFile,
): AnchorFile {
  const left = anchors.filter(
    ({ position, anchoredAt }) => position <= entries || !(anchoredAt > exportedAt),
  );
  if (left.length === 0) {
    throw new CommandFailed(
      `All anchors were made after the export, of ${exportedAt}: they prove nothing about it.`,
    );
  }
  return { anchors: left, unreadable, later: anchors.length - left.length };
}
