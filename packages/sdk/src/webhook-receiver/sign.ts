import { hmacKeys, signatureText, signedText } from "./signature.ts";

export interface SignOptions {
  /** `webhook-id`; a new one by default. */
  id?: string | undefined;
  /** When it is sent; now by default. */
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
 * Signs a body as ServiceFlow signs its deliveries, so that a receiver can be tested without a server.
 * @param body the JSON that is sent: `{ type, timestamp, data: event, omitted: [] }`
 * @param secret `whsec_...`; several sign it each
 * @throws TypeError for something that is no secret
 * @example
 * ```ts
 * const secret = `whsec_${btoa("a secret of a test, 32 bytes long")}`;
 * const body = JSON.stringify({ type: "request.created", data: { id: "evt_1", type: "request.created" } });
 * const headers = await sign(body, secret);
 * const request = new Request("http://localhost/", { method: "POST", headers, body });
 * const { event } = await verify(request, secret);
 * console.log(event.type);
 * ```
 */
export async function sign(
  body: string,
  secret: string | readonly string[],
  { id = `msg_${crypto.randomUUID()}`, sentAt = new Date() }: SignOptions = {},
): Promise<SignedHeaders> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000));
  const text = signedText(id, timestamp, new TextEncoder().encode(body));
  const keys = await hmacKeys(secret, "sign");
  const signatures = await Promise.all(
    keys.map(async (key) => signatureText(await crypto.subtle.sign("HMAC", key, text))),
  );
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
  };
}
