const PREFIX = "whsec_";
const VERSION = "v1";

/** @throws TypeError for something that is no secret */
export function hmacKeys(
  secrets: string | readonly string[],
  usage: "sign" | "verify",
): Promise<CryptoKey[]> {
  const given = typeof secrets === "string" ? [secrets] : secrets;
  if (given.length === 0) throw new TypeError("A secret is needed.");
  return Promise.all(
    given.map((secret) => {
      const bytes = fromBase64(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret);
      // What it is instead could be a secret of something else, so it is not quoted.
      if (!bytes || bytes.length === 0)
        throw new TypeError("The secret must be whsec_ and base64.");
      return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [
        usage,
      ]);
    }),
  );
}

/** What is signed: id, timestamp and body, with points between them. */
export function signedText(
  id: string,
  timestamp: string,
  body: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const text = new Uint8Array(head.length + body.length);
  text.set(head);
  text.set(body, head.length);
  return text;
}

/** The bytes of one signature, `v1,...`; null for one of another version. */
export function signatureBytes(signature: string): Uint8Array<ArrayBuffer> | null {
  const [version, base64 = ""] = signature.split(",", 2);
  return version === VERSION ? fromBase64(base64) : null;
}

/** A signature as it stands in `webhook-signature`. */
export function signatureText(bytes: ArrayBuffer): string {
  return `${VERSION},${btoa(String.fromCharCode(...new Uint8Array(bytes)))}`;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}
