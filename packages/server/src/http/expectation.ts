import type { IncomingMessage, ServerResponse } from "node:http";

const held = new WeakMap<IncomingMessage, ServerResponse>();

/** Keeps a client that asks before it sends a body (`Expect: 100-continue`) waiting until somebody reads the body. */
export function holdBody(incoming: IncomingMessage, outgoing: ServerResponse): void {
  held.set(incoming, outgoing);
}

/** Whether the client still waits. */
export function isBodyHeld(incoming: IncomingMessage): boolean {
  return held.has(incoming);
}

/** Tells a client that waits to send its body. */
export function askForBody(incoming: IncomingMessage): void {
  const outgoing = held.get(incoming);
  if (outgoing === undefined) return;
  held.delete(incoming);
  outgoing.writeContinue();
}
