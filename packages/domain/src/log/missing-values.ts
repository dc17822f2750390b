import type { ChainFault, SealedEntry, SealedLink } from "./hash-chain.ts";
import { commitmentsIn } from "./private-values.ts";

/** A private value that a link commits to and that is no longer stored. */
export interface MissingValue {
  position: number;
  /** `evt_...` */
  entryId: string;
  /** JSON Pointer into the entry. */
  pointer: string;
  /** Whose erasure explains it: a user's id, or the id of an API key whose owner it is. Null: nobody's. */
  person: string | null;
}

/** The private values of a link that are missing; of a redacted one none, because nothing is known of them. */
export function missingIn({ position, entry, values }: SealedLink): MissingValue[] {
  if (values === null) return [];
  const missing: MissingValue[] = [];
  for (const pointer of commitmentsIn(entry).keys()) {
    if (Object.hasOwn(values, pointer)) continue;
    missing.push({ position, entryId: entry.id, pointer, person: erasedWith(entry, pointer) });
  }
  return missing;
}

type ErasureFacts = Pick<SealedEntry, "actorId" | "subject">;

/**
 * Whose erasure removes a private value. What was recorded of a person goes with that person; the texts of requests and
 * comments go with their author; address, client and reason with the caller who sent them.
 */
export function erasedWith({ actorId, subject }: ErasureFacts, pointer: string): string | null {
  const about = personOf(subject.id);
  if (!pointer.startsWith("/changes/")) return actorId ?? about;
  if (about !== null) return about;
  return subject.type === "request" || subject.type === "comment" ? actorId : null;
}

// By its id: failed sign-ins have the key that was tried as their subject.
function personOf(subjectId: string): string | null {
  return /^(usr|key)_/.test(subjectId) ? subjectId : null;
}

/** The fault of a missing value that no erasure explains. */
export function missingValueFault({ position, entryId, pointer }: MissingValue): ChainFault {
  return {
    position,
    entryId,
    problem: "value_missing",
    detail: `The value ${pointer} of entry ${entryId}, at position ${position}, is missing, and no erasure in the log explains it.`,
  };
}
