// The reference implementation of the Standard Webhooks.
import { Webhook as Signer } from "standardwebhooks";

const SECRET_BYTES = 32;
const PREFIX = "whsec_";

/** The secrets that sign a webhook's deliveries. */
export interface Secrets {
  secret: Uint8Array;
  oldSecret: Uint8Array | null;
  /** ISO 8601. */
  oldSecretUntil: string | null;
}

export function newSecret(random: (size: number) => Uint8Array): Uint8Array {
  return random(SECRET_BYTES);
}

/** A secret in the format that receivers use. */
export function secretText(secret: Uint8Array): string {
  return `${PREFIX}${Buffer.from(secret).toString("base64")}`;
}

/**
 * The headers of a signed message; both secrets sign it while the old one is valid.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signedHeaders(
  secrets: Secrets,
  message: { id: string; body: string },
  now: Date,
): Record<string, string> {
  const { secret, oldSecret, oldSecretUntil } = secrets;
  const signing = [secret];
  if (oldSecret && oldSecretUntil && Date.parse(oldSecretUntil) > now.getTime())
    signing.push(oldSecret);
  const signatures = signing.map((key) =>
    new Signer(key, { format: "raw" }).sign(message.id, now, message.body),
  );
  return {
    "webhook-id": message.id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
    "webhook-signature": signatures.join(" "),
  };
}
