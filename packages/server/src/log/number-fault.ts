import { type ChainFault, type SealedLink, toRequestId } from "@serviceflow/domain";
import type { LinkRow } from "./chain-rows.ts";
import type { RequestNumbers } from "./request-numbers.ts";

/** The fault if an entry carries another number than its request has. One that carries none is sealed with the request's. */
export function numberFault(
  { position, entry }: SealedLink,
  { serviceRequestId, requestNumber }: Pick<LinkRow, "serviceRequestId" | "requestNumber">,
  found: RequestNumbers,
): ChainFault | null {
  if (requestNumber === null) return null;
  const number = serviceRequestId === null ? undefined : found.get(serviceRequestId);
  if (number === requestNumber) return null;
  const carried = toRequestId(requestNumber);
  const actual = number === undefined ? "there is no such request" : `it is ${toRequestId(number)}`;
  const detail = `Entry ${entry.id}, at position ${position}, says that its request is ${carried}, but ${actual}: the entry or the request was changed.`;
  return { position, entryId: entry.id, problem: "entry_changed", detail };
}
