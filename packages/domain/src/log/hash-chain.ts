import type { SubjectType } from "./audit-policy.ts";
import { canonicalJson } from "./canonical-json.ts";
import {
  type ConcealedText,
  commitmentsIn,
  commitmentText,
  type PrivateValues,
} from "./private-values.ts";

/** An entry as the chain holds it: ids, and commitments in place of names, addresses and free text. */
export interface SealedEntry extends ConcealedText {
  id: string;
  action: string;
  actorId: string | null;
  apiKeyId: string | null;
  subject: { type: SubjectType; id: string };
  serviceRequestId: string | null;
  internal: boolean;
  requestId: string;
  occurredAt: string;
}

/** One link of the chain: an entry, its place, and the hash that binds both to everything before. */
export interface SealedLink {
  /** 1 for the first entry ever sealed, without gaps. */
  position: number;
  /** The entry's number in the log's sequence, which is not the order of commits. */
  seq: number;
  /** The database transaction that wrote the entry. */
  transaction: string;
  sealedAt: string;
  /** SHA-256, in hex, of `sealText`. */
  hash: string;
  entry: SealedEntry;
  /** Those that have not been erased; null when they were left out. */
  values: PrivateValues | null;
}

/** A place in the chain that somebody has kept outside: nothing up to there can have changed since. */
export interface Anchor {
  position: number;
  hash: string;
}

/** The last link of the chain. */
export interface ChainHead extends Anchor {
  sealedAt: string;
}

export const CHAIN_PROBLEMS = [
  "seal_missing",
  "entry_missing",
  "entry_changed",
  "entry_moved",
  "entry_unsealed",
  "value_changed",
  "head_mismatch",
  "anchor_mismatch",
  "malformed_line",
  "truncated",
] as const;
export type ChainProblem = (typeof CHAIN_PROBLEMS)[number];

/** The first thing in a log that does not fit. */
export interface ChainFault {
  /** Its place in the chain, where it has one. */
  position: number | null;
  /** `evt_...` of the entry, where it is known. */
  entryId: string | null;
  problem: ChainProblem;
  /** The same in words. */
  detail: string;
}

/** What the hash before the first link is taken to be. */
export const CHAIN_START = "0".repeat(64);

/** What is hashed for a link. It holds the hash of the link before, so that nothing can change without a trace. */
export function sealText(
  link: Pick<SealedLink, "position" | "seq" | "transaction" | "sealedAt" | "entry">,
  previous: string,
): string {
  const { position, seq, transaction, sealedAt, entry } = link;
  return canonicalJson({ entry, position, previous, sealedAt, seq, transaction });
}

/** A text that must have a certain SHA-256, and the fault if it does not. */
export interface HashCheck {
  text: string;
  /** In hex. */
  hash: string;
  fault: ChainFault;
}

/** The checks of a link: its own hash, and the commitment of each private value that has not been erased. */
export function hashChecksOf(link: SealedLink, previous: string): HashCheck[] {
  const { position, entry } = link;
  const at = { position, entryId: entry.id };
  const checks: HashCheck[] = [
    {
      text: sealText(link, previous),
      hash: link.hash,
      fault: {
        ...at,
        problem: "entry_changed",
        detail: `Entry ${entry.id}, at position ${position}, or its seal is not what was sealed.`,
      },
    },
  ];
  if (link.values === null) return checks;
  const commitments = commitmentsIn(entry);
  for (const [pointer, pair] of Object.entries(link.values)) {
    // What was tampered with need not have its shape any more.
    const [salt, value] = Array.isArray(pair) ? pair : [];
    checks.push({
      text: commitmentText(String(salt), pointer, String(value)),
      hash: commitments.get(pointer) ?? "",
      fault: {
        ...at,
        problem: "value_changed",
        detail: `The value of ${pointer} in entry ${entry.id}, at position ${position}, is not what was recorded.`,
      },
    });
  }
  return checks;
}

/** How many values of a link have been erased. */
export function erasedIn(link: SealedLink): number {
  return link.values === null
    ? 0
    : commitmentsIn(link.entry).size - Object.keys(link.values).length;
}

/** The fault when a chain does not have its anchor. */
export function anchorFault(anchor: Anchor, found: string | null): ChainFault | null {
  if (found === anchor.hash) return null;
  return {
    position: anchor.position,
    entryId: null,
    problem: "anchor_mismatch",
    detail: `The chain does not have the hash of the anchor at position ${anchor.position}: it was rewritten or cut.`,
  };
}

/** `position:hash` */
export const ANCHOR = /^([1-9]\d{0,14}):([0-9a-f]{64})$/;

/** Reads `position:hash`; null for what is none. */
export function readAnchor(text: string): Anchor | null {
  const [, position, hash] = ANCHOR.exec(text) ?? [];
  return position === undefined || hash === undefined ? null : { position: Number(position), hash };
}

/** What a verification of the whole log found. */
export interface LogVerification {
  /** Whether every sealed entry is what was sealed, in order, none added and none missing. */
  valid: boolean;
  /** How many entries fit, from the first on. */
  entries: number;
  /** The end of the chain: kept outside, it is an anchor for the next verification. Null while nothing is sealed. */
  head: ChainHead | null;
  /** Entries that are committed and not sealed yet. */
  unsealed: number;
  /** Private values that have been erased. */
  erasedValues: number;
  /** The first thing that does not fit; null when everything does. */
  fault: ChainFault | null;
}

export interface VerifyAuditInput {
  /** A head that was kept before, `position:hash`: the chain must still have it. */
  anchor?: string | undefined;
}

export interface ExportAuditInput {
  /** Whether to leave out names, addresses and free text; default false. */
  redacted?: boolean | undefined;
}
