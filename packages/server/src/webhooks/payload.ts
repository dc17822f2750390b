import type { ServiceFlowEvent } from "@serviceflow/domain";

/** Maximum that Standard Webhooks recommends. */
const MAX_PAYLOAD_BYTES = 20_000;
/** Longer texts are omitted from a payload that is too large. */
const LONG_BYTES = 1_000;

/** The body of a delivery. If it is too large, long texts and then the subject are replaced by null and listed in `omitted`. */
export function payloadOf(event: ServiceFlowEvent): string {
  const omitted: string[] = [];
  const data = structuredClone(event) as unknown as Record<string, unknown>;
  const write = () =>
    JSON.stringify({ type: event.type, timestamp: event.occurredAt, data, omitted });
  let body = write();
  for (const pointer of [...longTexts(event), ...subjects(event)]) {
    if (Buffer.byteLength(body) < MAX_PAYLOAD_BYTES) break;
    clear(data, pointer);
    omitted.push(pointer);
    body = write();
  }
  return body;
}

function longTexts(event: ServiceFlowEvent): string[] {
  return Object.entries(event.changes).flatMap(([field, change]) =>
    (["from", "to"] as const)
      .filter((side) => Buffer.byteLength(JSON.stringify(change[side] ?? null)) > LONG_BYTES)
      .map((side) => `/changes/${field}/${side}`),
  );
}

function subjects(event: ServiceFlowEvent): string[] {
  return ["comment", "request"].filter((name) => name in event).map((name) => `/${name}`);
}

function clear(data: Record<string, unknown>, pointer: string): void {
  const [last, ...path] = pointer.slice(1).split("/").reverse() as [string, ...string[]];
  const holder = path.reverse().reduce((at, name) => at[name] as Record<string, unknown>, data);
  holder[last] = null;
}
