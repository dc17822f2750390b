import type { AuditEntry, LogVerification } from "@serviceflow/sdk";

/** What is known of the seal: from the last check on the server. */
export type Seal = Pick<LogVerification, "head" | "unsealed">;

/** An entry that committed late can be older than the last seal. */
const LATE_MS = 60_000;

/** Whether an entry is known to be sealed. */
export function isSealed(
  { occurredAt }: Pick<AuditEntry, "occurredAt">,
  seal: Seal | undefined,
): boolean {
  const head = seal?.head ?? null;
  if (seal === undefined || head === null) return false;
  const sealedAt = Date.parse(head.sealedAt) - (seal.unsealed > 0 ? LATE_MS : 0);
  return Date.parse(occurredAt) <= sealedAt;
}

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
