import type { ServiceFlowEvent } from "@serviceflow/domain";
import { ServiceFlowError } from "../error.ts";
import { readBody } from "./read-body.ts";
import { importSecrets, parseSignature, signedContent } from "./signature.ts";

const DEFAULT_TOLERANCE_SECONDS = 300;
/** The server sends less than 20 KB. */
const DEFAULT_MAX_BODY_BYTES = 100_000;

/** A verified delivery. */
export interface WebhookDelivery {
  /** `webhook-id`. Retries of a delivery have the same id, so it serves to skip duplicates. */
  id: string;
  /** When the delivery was sent, ISO 8601. */
  sentAt: string;
  /** Its `type` can be one that this version of the SDK does not know. */
  event: ServiceFlowEvent;
  /** JSON Pointers into `event` to values that were too large to send and are null instead. */
  omitted: string[];
}

/** An unverified delivery, for frameworks without `Request`. */
export interface RawDelivery {
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The raw body, byte for byte. Parsing and serializing it again breaks the signature. */
  body: string | Uint8Array;
}

/** Options of `verifyWebhook`. */
export interface VerifyOptions {
  /** Maximum age of a delivery and maximum clock skew, in seconds; default 300. */
  toleranceSeconds?: number | undefined;
  /** Maximum body size in bytes; default 100000. */
  maxBodyBytes?: number | undefined;
  /** The current time; the system clock by default. */
  now?: (() => Date) | undefined;
}

/**
 * Verifies the signature of a delivery (Standard Webhooks) and parses its event. Consumes the body of a `Request`.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param secret `whsec_...`; an array of secrets during a rotation
 * @throws ServiceFlowError `invalid_signature`, `signature_expired`, `payload_too_large`, `invalid_payload`
 * @throws TypeError for an invalid secret
 * @example
 * ```ts
 * async function receive(request: Request): Promise<Response> {
 *   const { event } = await verifyWebhook(request, process.env.WEBHOOK_SECRET ?? "");
 *   if (event.type === "request.created") console.log(event.request?.title);
 *   return new Response(null, { status: 204 });
 * }
 * ```
 */
export async function verifyWebhook(
  delivery: Request | RawDelivery,
  secret: string | readonly string[],
  options: VerifyOptions = {},
): Promise<WebhookDelivery> {
  const {
    toleranceSeconds = DEFAULT_TOLERANCE_SECONDS,
    maxBodyBytes = DEFAULT_MAX_BODY_BYTES,
    now = () => new Date(),
  } = options;
  const keys = await importSecrets(secret, "verify");
  const header = headerReader(delivery.headers);
  const id = header("webhook-id");
  const seconds = header("webhook-timestamp");
  const signatures = header("webhook-signature");
  if (!id || !seconds || !signatures || !/^\d{1,12}$/.test(seconds)) {
    throw new ServiceFlowError(
      "invalid_signature",
      "The webhook-id, webhook-timestamp or webhook-signature header is missing or malformed.",
    );
  }
  const sentAt = Number(seconds) * 1000;
  const body = await readBody(delivery.body ?? "", maxBodyBytes, header("content-length"));
  const content = signedContent(id, seconds, body);
  const candidates = signatures.split(" ").flatMap((one) => parseSignature(one) ?? []);
  let isValid = false;
  for (const key of keys) {
    for (const candidate of candidates) {
      isValid ||= await crypto.subtle.verify("HMAC", key, candidate, content);
    }
  }
  if (!isValid) {
    throw new ServiceFlowError("invalid_signature", "No signature matches the secret.");
  }
  if (Math.abs(now().getTime() - sentAt) > toleranceSeconds * 1000) {
    throw new ServiceFlowError(
      "signature_expired",
      `The timestamp is more than ${toleranceSeconds} seconds from now. Check the clock.`,
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
    throw new ServiceFlowError("invalid_payload", "The payload is not valid JSON.", { cause });
  }
  const { data, omitted } = (payload ?? {}) as { data?: unknown; omitted?: unknown };
  if (!isEvent(data)) {
    throw new ServiceFlowError("invalid_payload", "The payload is not a ServiceFlow event.");
  }
  return { event: data, omitted: Array.isArray(omitted) ? omitted : [] };
}

function isEvent(data: unknown): data is ServiceFlowEvent {
  const { id, type } = (data ?? {}) as { id?: unknown; type?: unknown };
  return typeof id === "string" && typeof type === "string";
}
