/** The ends of a hash, by which people compare. */
export function shortHash(hash: string): string {
  return `${hash.slice(0, 4)}…${hash.slice(-4)}`;
}

/** `position:hash`, as the server and later checks take it. */
export function anchorOf(head: { position: number; hash: string }): string {
  return `${head.position}:${head.hash}`;
}

/** `710:fd86…d40c` */
export function shortAnchor(anchor: string): string {
  const [position = "", hash = ""] = anchor.split(":");
  return `${position}:${shortHash(hash)}`;
}

/** Parses `position:hash`; null for anything else. */
export function readAnchor(words: string): { position: number; hash: string } | null {
  const [, position, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(words.trim()) ?? [];
  return position === undefined || hash === undefined ? null : { position: Number(position), hash };
}
