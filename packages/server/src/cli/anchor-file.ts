import { type Anchor, readAnchorRecord } from "@serviceflow/domain";
import { CommandFailed } from "./command-failed.ts";
import { linesOf } from "./read-lines.ts";

/** What a file of anchors holds. */
export interface AnchorFile {
  anchors: Anchor[];
  /** Lines that hold no anchor. A crash can leave one that is cut short. */
  unreadable: number;
}

/** Reads a file that the server appended to: `AUDIT_ANCHOR_FILE`. */
export async function readAnchorFile(file: string): Promise<AnchorFile> {
  const anchors: Anchor[] = [];
  let unreadable = 0;
  for await (const line of linesOf(file)) {
    if (line.trim() === "") continue;
    const record = readAnchorRecord(line);
    if (record) anchors.push(record.place);
    else unreadable += 1;
  }
  if (anchors.length === 0) throw new CommandFailed(`${file} holds no anchor.`);
  return { anchors, unreadable };
}
