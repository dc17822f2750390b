const PREFIX = "whsec_";
const VERSION = "v1";
const MAX_SIGNATURES = 10;
/** The length of an HMAC with SHA-256. */
const SIGNATURE_BYTES = 32;

/** `whsec_...`, or several during a rotation. */
export type WebhookSecret = string | readonly string[];

/** @throws TypeError for an invalid secret */
export function importSecrets(
  secrets: WebhookSecret | undefined,
  usage: "sign" | "verify",
): Promise<CryptoKey[]> {
  return Promise.all(
    readSecrets(secrets).map((bytes) =>
      crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [usage]),
    ),
  );
}

/** @throws TypeError for an invalid secret, or none */
export function readSecrets(secrets: WebhookSecret | undefined): Uint8Array<ArrayBuffer>[] {
  const all = typeof secrets === "string" ? [secrets] : (secrets ?? []);
  if (all.length === 0) throw new TypeError("The secret of the webhook is missing.");
  return all.map((secret) => {
    const bytes = fromBase64(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret);
    // Not quoted: it may be the secret of something else.
    if (!bytes || bytes.length === 0)
      throw new TypeError("The secret must be whsec_ followed by base64.");
    return bytes;
  });
}

/** The signed content: `id.timestamp.body`. */
export function signedContent(
  id: string,
  timestamp: string,
  body: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const content = new Uint8Array(head.length + body.length);
  content.set(head);
  content.set(body, head.length);
  return content;
}

/** The bytes of the `v1,...` signatures among the first ten; other versions and lengths are ignored. */
export function parseSignatures(header: string): Uint8Array<ArrayBuffer>[] {
  return header.split(" ", MAX_SIGNATURES).flatMap((signature) => {
    const [version, base64 = ""] = signature.split(",", 2);
    const bytes = version === VERSION ? fromBase64(base64) : null;
    return bytes?.length === SIGNATURE_BYTES ? [bytes] : [];
  });
}

/** One signature as in `webhook-signature`. */
export function formatSignature(bytes: ArrayBuffer): string {
  return `${VERSION},${btoa(String.fromCharCode(...new Uint8Array(bytes)))}`;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
