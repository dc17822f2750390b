import type { Context } from "hono";
import { acceptedCoding, type ContentCoding, encodeToKeep } from "./content-coding.ts";

/** Answers with content that never changes, encoded once for each coding. */
export function keptContent(
  read: () => string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
  compresses: boolean,
): (c: Context) => Promise<Response> {
  const encoded = new Map<ContentCoding, Promise<Uint8Array<ArrayBuffer>>>();
  return async (c) => {
    const coding = compresses ? acceptedCoding(c.req.header("accept-encoding") ?? null) : null;
    const vary = compresses ? { vary: "Accept-Encoding" } : {};
    if (coding === null) return c.body(read(), 200, { ...headers, ...vary });
    const body = encoded.get(coding) ?? encodeToKeep(read(), coding);
    encoded.set(coding, body);
    return c.body(await body, 200, { ...headers, ...vary, "content-encoding": coding });
  };
}
