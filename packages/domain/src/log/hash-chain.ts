import type { SubjectType } from "./audit-policy.ts";
import { canonicalJson } from "./canonical-json.ts";
import {
  type ConcealedText,
  commitmentsIn,
  commitmentText,
  type PrivateValues,
} from "./private-values.ts";
import type { StateVerification } from "./state-verification.ts";

/** An entry in the chain: ids, and commitments in place of names, addresses and free text. */
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

/** One link of the chain: an entry, its position, and the hash that binds both to every previous link. */
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
  /** The values that have not been erased; null in a redacted export. */
  values: PrivateValues | null;
}

/** A position and its hash, kept outside the database: the chain up to there cannot have changed since. */
export interface Anchor {
  position: number;
  hash: string;
}

/** The last link of the chain. */
export interface ChainHead extends Anchor {
  sealedAt: string;
}

/** An anchor that a server has put out: to its log, and to a file or a URL where it is configured. */
export interface MadeAnchor extends Anchor {
  anchoredAt: string;
}

/** How far the log is sealed. */
export interface SealState {
  /** Null: nothing is sealed. */
  head: ChainHead | null;
  /** Number of entries that are committed but not yet sealed, counted to 1,000. */
  unsealed: number;
  /** When the first of them happened; null: all are sealed. */
  unsealedSince: string | null;
  /** The last anchor; null: none is known. */
  lastAnchor: MadeAnchor | null;
}

export const CHAIN_PROBLEMS = [
  "seal_missing",
  "entry_missing",
  "entry_changed",
  "entry_moved",
  "entry_unsealed",
  "value_changed",
  "value_missing",
  "head_mismatch",
  "anchor_mismatch",
  "malformed_line",
  "truncated",
] as const;
export type ChainProblem = (typeof CHAIN_PROBLEMS)[number];

/** The first fault in a log. */
export interface ChainFault {
  /** Its position in the chain, if known. */
  position: number | null;
  /** `evt_...` of the entry, if known. */
  entryId: string | null;
  problem: ChainProblem;
  /** The fault in words. */
  detail: string;
}

/** The previous hash of the first link. */
export const CHAIN_START = "0".repeat(64);

/** The text whose hash is the link's. It includes the previous hash, so that every change breaks the chain. */
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
        detail: `Entry ${entry.id}, at position ${position}, or its seal was changed.`,
      },
    },
  ];
  if (link.values === null) return checks;
  const commitments = commitmentsIn(entry);
  for (const [pointer, pair] of Object.entries(link.values)) {
    // Tampered data may have any shape.
    const [salt, value] = Array.isArray(pair) ? pair : [];
    checks.push({
      text: commitmentText(String(salt), pointer, String(value)),
      hash: commitments.get(pointer) ?? "",
      fault: {
        ...at,
        problem: "value_changed",
        detail: `The value of ${pointer} in entry ${entry.id}, at position ${position}, was changed.`,
      },
    });
  }
  return checks;
}

/** The fault if a chain does not contain its anchor. */
export function anchorFault(anchor: Anchor, found: string | null): ChainFault | null {
  if (found === anchor.hash) return null;
  return {
    position: anchor.position,
    entryId: null,
    problem: "anchor_mismatch",
    detail: `The hash at position ${anchor.position} is not the anchor's: the chain was rewritten or cut.`,
  };
}

/** `position:hash` */
export const ANCHOR = /^([1-9]\d{0,14}):([0-9a-f]{64})$/;

/** Parses `position:hash`; null for anything else. */
export function readAnchor(text: string): Anchor | null {
  const [, position, hash] = ANCHOR.exec(text) ?? [];
  return position === undefined || hash === undefined ? null : { position: Number(position), hash };
}

/** The result of verifying the whole log. */
export interface LogVerification {
  /** Whether the sealed entries are intact and in order: none changed, added or missing. */
  valid: boolean;
  /** Number of valid entries before the first fault. */
  entries: number;
  /** The last link of the chain. Kept elsewhere, it is the anchor of a later verification. Null while nothing is sealed. */
  head: ChainHead | null;
  /** Number of entries that are committed but not yet sealed. */
  unsealed: number;
  /** Number of erased private values. */
  erasedValues: number;
  /** The first fault; null if the log is valid. */
  fault: ChainFault | null;
  /** How the tables compare with the log; null if that was not asked for. */
  state: StateVerification | null;
}

export interface VerifyAuditInput {
  /** Whether to compare the tables with the log as well; default false. */
  state?: boolean | undefined;
  /** An earlier head, `position:hash`, which the chain must still contain. */
  anchor?: string | undefined;
}

export interface ExportAuditInput {
  /** Whether to leave out names, addresses and free text; default false. */
  redacted?: boolean | undefined;
}
