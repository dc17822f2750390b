import { hash } from "node:crypto";
import type { ContentCoding } from "../http/content-coding.ts";

/** 132 bits: nobody finds two answers with the same hash. */
const HASH_LENGTH = 22;

/**
 * The strong entity tag of an answer: its version, and a hash of all that it says to this caller. Names of people and
 * what the caller may do change without a new version. Each coding has other bytes, and so another tag.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-example-entity-tags-varying
 */
export function entityTag(version: number, body: string, coding: ContentCoding | null): string {
  const suffix = coding === null ? "" : `-${coding}`;
  return `"${version}-${hash("sha256", body, "base64url").slice(0, HASH_LENGTH)}${suffix}"`;
}

const WEAK = /^W\//;
const CODING = /-(?:gzip|br)"$/;

/**
 * What the caller has of this answer already, by `If-None-Match`: in any coding, for they all say the same.
 * @returns the tag of what the caller has, which a cache looks for in the 304; null: nothing that is current
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match
 */
export function currentTag(ifNoneMatch: string | null, tag: string): string | null {
  if (ifNoneMatch === null) return null;
  if (ifNoneMatch.trim() === "*") return tag;
  const said = uncoded(tag);
  const candidates = ifNoneMatch.split(",").map((candidate) => candidate.trim().replace(WEAK, ""));
  return candidates.find((candidate) => uncoded(candidate) === said) ?? null;
}

function uncoded(tag: string): string {
  return tag.replace(CODING, '"');
}
