import type { ServiceFlowEvent } from "@serviceflow/domain";
import { ServiceFlowError } from "../error.ts";
import { readBody } from "./body.ts";
import { hmacKeys, signatureBytes, signedText } from "./signature.ts";

const DEFAULT_TOLERANCE_SECONDS = 300;
/** ServiceFlow sends less than 20 KB. */
const DEFAULT_MOST_BODY_BYTES = 100_000;

/** What was delivered. */
export interface WebhookDelivery {
  /** `webhook-id`: the same whenever this event is delivered, so what was seen before can be passed over. */
  id: string;
  /** When it was sent, ISO 8601. */
  sentAt: string;
  /** What happened. Its `type` can be one that this version of the SDK does not know. */
  event: ServiceFlowEvent;
  /** JSON Pointers into `event` to what was too large to send, and is null in its place. */
  omitted: string[];
}

/** A delivery as a framework that has no `Request` holds it. */
export interface RawDelivery {
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As it came, byte for byte: a body that was parsed and written again has another signature. */
  body: string | Uint8Array;
}

export interface VerifyOptions {
  /** By how much the clocks may differ, and how long a delivery may take; default 300 seconds. */
  toleranceSeconds?: number | undefined;
  /** How much body is read; default 100000 bytes. */
  maxBodyBytes?: number | undefined;
  /** The moment it is. */
  now?: (() => Date) | undefined;
}

/**
 * Reads a delivery and verifies that whoever sent it holds the webhook's secret, by the Standard Webhooks. The body of a
 * `Request` is used up by it.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param secret `whsec_...`; several while one replaces another
 * @throws ServiceFlowError `invalid_signature`, `signature_expired`, `payload_too_large`, `invalid_payload`
 * @throws TypeError for something that is no secret
 * @example
 * ```ts
 * async function receive(request: Request): Promise<Response> {
 *   const { event } = await verify(request, process.env.WEBHOOK_SECRET ?? "");
 *   if (event.type === "request.created") console.log(event.request?.title);
 *   return new Response(null, { status: 204 });
 * }
 * ```
 */
export async function verify(
  delivery: Request | RawDelivery,
  secret: string | readonly string[],
  options: VerifyOptions = {},
): Promise<WebhookDelivery> {
  const {
    toleranceSeconds = DEFAULT_TOLERANCE_SECONDS,
    maxBodyBytes = DEFAULT_MOST_BODY_BYTES,
    now = () => new Date(),
  } = options;
  const keys = await hmacKeys(secret, "verify");
  const header = headerReader(delivery.headers);
  const id = header("webhook-id");
  const seconds = header("webhook-timestamp");
  const signatures = header("webhook-signature");
  if (!id || !seconds || !signatures || !/^\d{1,12}$/.test(seconds)) {
    throw new ServiceFlowError(
      "invalid_signature",
      "The headers of a signed delivery are missing.",
    );
  }
  const sentAt = Number(seconds) * 1000;
  const body = await readBody(delivery.body ?? "", maxBodyBytes, header("content-length"));
  const text = signedText(id, seconds, body);
  const candidates = signatures.split(" ").flatMap((one) => signatureBytes(one) ?? []);
  let isSigned = false;
  for (const key of keys) {
    for (const candidate of candidates) {
      isSigned ||= await crypto.subtle.verify("HMAC", key, candidate, text);
    }
  }
  if (!isSigned) {
    throw new ServiceFlowError("invalid_signature", "No signature is one by the secret.");
  }
  if (Math.abs(now().getTime() - sentAt) > toleranceSeconds * 1000) {
    throw new ServiceFlowError(
      "signature_expired",
      `It was signed more than ${toleranceSeconds} seconds from now. Are the clocks right?`,
    );
  }
  return { id, sentAt: new Date(sentAt).toISOString(), ...parsePayload(body) };
}

type ReadHeader = (name: string) => string | undefined;

function headerReader(headers: RawDelivery["headers"]): ReadHeader {
  if (headers instanceof Headers) return (name) => headers.get(name) ?? undefined;
  const values = new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const),
  );
  return (name) => {
    const value = values.get(name);
    return typeof value === "object" ? value[0] : value;
  };
}

function parsePayload(body: Uint8Array): Pick<WebhookDelivery, "event" | "omitted"> {
  let payload: unknown;
  try {
    payload = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw new ServiceFlowError("invalid_payload", "The delivery is not JSON.", { cause });
  }
  const { data, omitted } = (payload ?? {}) as { data?: unknown; omitted?: unknown };
  if (!isEvent(data)) {
    throw new ServiceFlowError("invalid_payload", "The delivery holds no event of ServiceFlow.");
  }
  return { event: data, omitted: Array.isArray(omitted) ? omitted : [] };
}

function isEvent(data: unknown): data is ServiceFlowEvent {
  const { id, type } = (data ?? {}) as { id?: unknown; type?: unknown };
  return typeof id === "string" && typeof type === "string";
}
