import type { ServiceFlowEvent } from "@serviceflow/domain";
import { ServiceFlowError } from "../error.ts";
import { type RawBody, readBody } from "./read-body.ts";
import { headerReader, type RawHeaders, type ReadHeader } from "./read-headers.ts";
import { importSecrets, parseSignatures, signedContent, type WebhookSecret } from "./signature.ts";

const DEFAULT_TOLERANCE_SECONDS = 300;
/** The server sends less than 20 KB. */
const DEFAULT_MAX_BODY_BYTES = 100_000;
/** The server sends 30 characters. */
const MAX_ID_LENGTH = 256;
/** The server sends two signatures during a rotation, 95 characters. */
const MAX_SIGNATURES_LENGTH = 2_048;

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

/** An unverified delivery, for frameworks without `Request` or with one of their own. */
export interface RawDelivery {
  /** Of any implementation. */
  headers: RawHeaders;
  /** Before any parser has read it. */
  body: RawBody | null;
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
 * Verifies the signature of a delivery (Standard Webhooks) and parses its event. Consumes the body of a `Request`. Rejects
 * an old delivery before it reads the body, and looks at the first ten signatures only.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param secret `whsec_...`; an array of secrets during a rotation; undefined is refused
 * @throws ServiceFlowError `invalid_signature`, `signature_expired`, `payload_too_large`, `invalid_payload`;
 * `raw_body_required` if the body was parsed or read before
 * @throws TypeError for an invalid or missing secret
 * @example
 * ```ts
 * async function receive(request: Request): Promise<Response> {
 *   const { event } = await verifyWebhook(request, process.env.WEBHOOK_SECRET);
 *   if (event.type === "request.created") console.log(event.request?.title);
 *   return new Response(null, { status: 204 });
 * }
 * ```
 */
export async function verifyWebhook(
  delivery: Request | RawDelivery,
  secret: WebhookSecret | undefined,
  options: VerifyOptions = {},
): Promise<WebhookDelivery> {
  const {
    toleranceSeconds = DEFAULT_TOLERANCE_SECONDS,
    maxBodyBytes = DEFAULT_MAX_BODY_BYTES,
    now = () => new Date(),
  } = options;
  const keys = await importSecrets(secret, "verify");
  const header = headerReader(delivery.headers);
  const { id, seconds, signatures } = readSignature(header);
  const sentAt = Number(seconds) * 1000;
  const isRecent = Math.abs(now().getTime() - sentAt) <= toleranceSeconds * 1000;
  if (!isRecent) {
    throw new ServiceFlowError(
      "signature_expired",
      `The timestamp is more than ${toleranceSeconds} seconds from now. Check the clock.`,
    );
  }
  const candidates = parseSignatures(signatures);
  if (candidates.length === 0) throw mismatch();
  const body = await readBody(delivery, maxBodyBytes, header("content-length"));
  const content = signedContent(id, seconds, body);
  let isValid = false;
  for (const key of keys) {
    for (const candidate of candidates) {
      isValid ||= await crypto.subtle.verify("HMAC", key, candidate, content);
    }
  }
  if (!isValid) throw mismatch();
  return { id, sentAt: new Date(sentAt).toISOString(), ...parsePayload(body) };
}

/** @throws ServiceFlowError `invalid_signature` */
function readSignature(header: ReadHeader): { id: string; seconds: string; signatures: string } {
  const id = header("webhook-id");
  const seconds = header("webhook-timestamp");
  const signatures = header("webhook-signature");
  if (!id || !seconds || !signatures || !/^\d{1,12}$/.test(seconds)) {
    throw new ServiceFlowError(
      "invalid_signature",
      "The webhook-id, webhook-timestamp or webhook-signature header is missing or malformed.",
    );
  }
  if (id.length > MAX_ID_LENGTH || signatures.length > MAX_SIGNATURES_LENGTH) {
    throw new ServiceFlowError(
      "invalid_signature",
      `The webhook-id header exceeds ${MAX_ID_LENGTH} characters, or webhook-signature ${MAX_SIGNATURES_LENGTH}.`,
    );
  }
  return { id, seconds, signatures };
}

function mismatch(): ServiceFlowError {
  return new ServiceFlowError(
    "invalid_signature",
    "No signature matches. Check the secret, and that the body is what was sent, byte for byte.",
  );
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
