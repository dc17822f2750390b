import { type Anchor, anchorFault, type ChainFault, readAnchor } from "./hash-chain.ts";

/** An anchor as it is kept outside the database: one line of JSON. */
export interface AnchorRecord {
  /** `position:hash` */
  anchor: string;
  /** When the last entry up to there was sealed, ISO 8601. */
  sealedAt: string;
  /** When the anchor was made, ISO 8601. */
  anchoredAt: string;
}

/** Reads one line of a file of anchors; null for anything else. */
export function readAnchorRecord(line: string): (AnchorRecord & { place: Anchor }) | null {
  try {
    const record = JSON.parse(line) as AnchorRecord | null;
    const place = readAnchor(String(record?.anchor));
    return record === null || place === null ? null : { ...record, place };
  } catch {
    return null;
  }
}

export interface AnchorOptions {
  /** An anchor that was kept earlier. */
  anchor?: Anchor | undefined;
  /** Any number of them. */
  anchors?: Iterable<Anchor> | undefined;
}

/** Places that a chain must contain. */
export class Anchors {
  readonly #hashes = new Map<number, string>();
  /** A second hash for the same position, which at most one of them fits. */
  readonly #others = new Map<number, string>();

  constructor({ anchor, anchors = [] }: AnchorOptions) {
    if (anchor) this.#add(anchor);
    for (const each of anchors) this.#add(each);
  }

  #add({ position, hash }: Anchor): void {
    const first = this.#hashes.get(position);
    if (first === undefined) this.#hashes.set(position, hash);
    else if (first !== hash) this.#others.set(position, hash);
  }

  /** The fault if the chain has another hash at a position than an anchor. */
  faultAt(position: number, found: string): ChainFault | null {
    for (const hash of [this.#hashes.get(position), this.#others.get(position)]) {
      const fault = hash === undefined ? null : anchorFault({ position, hash }, found);
      if (fault) return fault;
    }
    return null;
  }

  /** The fault if a chain ends before an anchor. */
  faultAfter(end: number): ChainFault | null {
    let lost: Anchor | null = null;
    for (const [position, hash] of this.#hashes) {
      if (position > end && (lost === null || position < lost.position)) lost = { position, hash };
    }
    return lost && anchorFault(lost, null);
  }
}
