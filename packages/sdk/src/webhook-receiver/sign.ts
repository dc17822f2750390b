import { formatSignature, importSecrets, signedContent } from "./signature.ts";

/** Options of `signWebhook`. */
export interface SignOptions {
  /** `webhook-id`; random by default. */
  id?: string | undefined;
  /** When the delivery is sent; now by default. */
  sentAt?: Date | undefined;
}

/** The headers of a signed delivery. */
export interface SignedHeaders extends Record<string, string> {
  "content-type": string;
  "webhook-id": string;
  "webhook-timestamp": string;
  "webhook-signature": string;
}

/**
 * Signs a body the way the server signs its deliveries, to test a receiver without a server.
 * @param body JSON: `{ type, timestamp, data: event, omitted: [] }`
 * @param secret `whsec_...`; an array produces one signature per secret
 * @returns the headers to send with the body
 * @throws TypeError for an invalid secret
 * @example
 * ```ts
 * const secret = `whsec_${btoa("a secret of a test, 32 bytes long")}`;
 * const body = JSON.stringify({ type: "request.created", data: { id: "evt_1", type: "request.created" } });
 * const headers = await signWebhook(body, secret);
 * const request = new Request("http://localhost/", { method: "POST", headers, body });
 * const { event } = await verifyWebhook(request, secret);
 * console.log(event.type);
 * ```
 */
export async function signWebhook(
  body: string,
  secret: string | readonly string[],
  { id = `msg_${crypto.randomUUID()}`, sentAt = new Date() }: SignOptions = {},
): Promise<SignedHeaders> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000));
  const content = signedContent(id, timestamp, new TextEncoder().encode(body));
  const keys = await importSecrets(secret, "sign");
  const signatures = await Promise.all(
    keys.map(async (key) => formatSignature(await crypto.subtle.sign("HMAC", key, content))),
  );
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
  };
}
