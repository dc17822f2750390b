import type { TracingSettings } from "./settings.ts";

/** A collector answers with a few bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** What came back from a collector. */
export interface CollectorAnswer {
  status: number;
  body: Uint8Array;
  /** `Retry-After`; null: none. */
  retryAfter: string | null;
}

const CONTENT_TYPES = {
  "http/protobuf": "application/x-protobuf",
  "http/json": "application/json",
} as const;

/** Posts one export. @throws what `fetch` throws; the signal's reason */
export async function postTraces(
  { url, headers, protocol, timeoutMs }: TracingSettings,
  { body, isGzip, signal }: { body: Uint8Array<ArrayBuffer>; isGzip: boolean; signal: AbortSignal },
): Promise<CollectorAnswer> {
  const response = await fetch(url, {
    method: "POST",
    // Its target would get the headers, which may hold a token.
    redirect: "manual",
    headers: {
      ...headers,
      "content-type": CONTENT_TYPES[protocol],
      ...(isGzip ? { "content-encoding": "gzip" } : {}),
    },
    body,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  return {
    status: response.status,
    body: await beginningOf(response),
    retryAfter: response.headers.get("retry-after"),
  };
}

async function beginningOf({ body }: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks);
}

/** A short name of why nothing came back, such as `ECONNREFUSED`. */
export function failureCode(error: unknown): string {
  let current = error;
  while (current instanceof Error) {
    const { code, name, cause } = current as Error & { code?: unknown };
    if (typeof code === "string") return code;
    if (name === "TimeoutError") return "TIMEOUT";
    current = cause;
  }
  return "FAILED";
}

/** An export without a span, which a collector accepts if it would accept others. */
export function emptyExport(protocol: TracingSettings["protocol"]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(protocol === "http/json" ? Buffer.from("{}") : []);
}
