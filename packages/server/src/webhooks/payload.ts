import type { ServiceFlowEvent } from "@serviceflow/domain";

/** What the Standard Webhooks advise as the most. */
const MAX_PAYLOAD_BYTES = 20_000;
/** Anything longer makes room when there is too much. */
const LONG_BYTES = 1_000;

/** The body of a delivery. What makes it too large is left out, the subject last, and named in `omitted`. */
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
