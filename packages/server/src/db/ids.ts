import { type IdKind, toRequestNumber, toUuid } from "@serviceflow/domain";

/** The UUID of nothing, and before every other. */
export const NIL_UUID = "00000000-0000-0000-0000-000000000000";
/** After every other. */
export const LAST_UUID = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/** The UUID in a public id that this server made or has checked. */
export function uuidOf(kind: IdKind, id: string): string {
  return known(toUuid(kind, id), id);
}

/** The number in a request's id that this server made or has checked. */
export function numberOf(requestId: string): number {
  return known(toRequestNumber(requestId), requestId);
}

function known<Value>(value: Value | null, id: string): Value {
  if (value === null) throw new TypeError(`${id} is not such an id.`);
  return value;
}
