import { ServiceFlowError } from "../error.ts";

/** Several times the longest line that the server sends. */
export const MAX_LINE_LENGTH = 1_000_000;

/**
 * Splits chunked text into lines without their terminators. The last line needs no terminator.
 * @throws ServiceFlowError `invalid_response` for a line of more than `MAX_LINE_LENGTH` characters
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let line = "";
  for await (const chunk of chunks) {
    const text = typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    const [rest = "", ...others] = text.split("\n");
    line = append(line, rest);
    for (const next of others) {
      yield withoutReturn(line);
      line = append("", next);
    }
  }
  line = append(line, decoder.decode());
  if (line !== "") yield line;
}

/** The text may never have a line break, and what waits for one is kept in memory. */
function append(line: string, text: string): string {
  if (line.length + text.length > MAX_LINE_LENGTH) throw tooLong("A line");
  return line + text;
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

export function tooLong(what: string): ServiceFlowError {
  const detail = `${what} of the stream is longer than ${MAX_LINE_LENGTH} characters.`;
  return new ServiceFlowError("invalid_response", detail);
}
