import type { Visibility } from "@serviceflow/sdk";

/** Where a draft is kept: a reply can never come up as a note, nor the other way round. */
export function draftKey(person: string, request: string, visibility: Visibility): string {
  return `${person}.${request}.${visibility}`;
}
