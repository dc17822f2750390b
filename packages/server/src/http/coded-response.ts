import { type ContentCoding, encode } from "./content-coding.ts";

/** An answer in a coding. @param coding null: as it is */
export function codedResponse(
  body: string,
  coding: ContentCoding | null,
  { status, headers }: { status: number; headers: Record<string, string> },
): Response | Promise<Response> {
  if (coding === null) return new Response(body, { status, headers });
  headers["content-encoding"] = coding;
  const encoded = encode(body, coding);
  return encoded instanceof Promise
    ? encoded.then((bytes) => new Response(bytes, { status, headers }))
    : new Response(encoded, { status, headers });
}
