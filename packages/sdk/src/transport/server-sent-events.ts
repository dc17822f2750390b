import { MAX_LINE_LENGTH, splitLines, tooLong } from "./split-lines.ts";

/** One message of an event stream. */
export interface Message {
  /** The id of this message or, without one, of the last message that had one. */
  id: string;
  /** Its type; empty by default. */
  event: string;
  /** Empty when the message has no data. */
  data: string;
  /** The reconnection time that the server sent last, in milliseconds; 0 by default. */
  retryMs: number;
}

/**
 * Parses an event stream. Messages without data are included, since their ids move the cursor. Our own parser: 0.4 KB
 * compressed, against 1.8 KB of eventsource-parser. It does not split at a bare CR, which the server never sends.
 * @throws ServiceFlowError `invalid_response` for a line or a message of more than `MAX_LINE_LENGTH` characters
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readMessages(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Message> {
  let id = "";
  let retryMs = 0;
  let event = "";
  let data: string[] = [];
  let length = 0;
  for await (const line of splitLines(chunks)) {
    if (line === "") {
      yield { id, event, data: data.join("\n"), retryMs };
      event = "";
      data = [];
      length = 0;
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") {
      length += line.length;
      if (length > MAX_LINE_LENGTH) throw tooLong("A message");
      data.push(value);
    } else if (field === "event") event = value;
    else if (field === "retry" && /^\d{1,9}$/.test(value)) retryMs = Number(value);
    else if (field === "id" && !value.includes("\0")) id = value;
  }
}
