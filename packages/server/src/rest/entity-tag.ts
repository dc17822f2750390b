import { hash } from "node:crypto";

/** 132 bits: nobody finds two answers with the same hash. */
const HASH_LENGTH = 22;

/**
 * The strong entity tag of an answer: its version, and a hash of all that it says to this caller. Names of people and
 * what the caller may do change without a new version.
 */
export function entityTag(version: number, body: string): string {
  return `"${version}-${hash("sha256", body, "base64url").slice(0, HASH_LENGTH)}"`;
}

/**
 * Whether the caller has this answer already, by `If-None-Match`; the comparison is weak.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match
 */
export function isNotModified(ifNoneMatch: string | null, tag: string): boolean {
  if (ifNoneMatch === null) return false;
  if (ifNoneMatch.trim() === "*") return true;
  return ifNoneMatch.split(",").some((candidate) => candidate.trim().replace(/^W\//, "") === tag);
}
