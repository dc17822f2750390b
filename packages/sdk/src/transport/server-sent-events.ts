import { splitLines } from "./lines.ts";

/** One block of a stream of server-sent events. */
export interface Message {
  /** The last id, of this block or one before. */
  id: string;
  /** Empty when the block had none. */
  data: string;
  /** How long the server asks to wait before the stream is opened again, in milliseconds, as it said last. */
  retryMs: number;
}

/**
 * The blocks of a stream, those without data as well: their ids are to be kept.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readMessages(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Message> {
  let id = "";
  let retryMs = 0;
  let data: string[] = [];
  for await (const line of splitLines(pieces)) {
    if (line === "") {
      yield { id, data: data.join("\n"), retryMs };
      data = [];
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") data.push(value);
    else if (field === "retry" && /^\d{1,9}$/.test(value)) retryMs = Number(value);
    else if (field === "id" && !value.includes("\0")) id = value;
  }
}
