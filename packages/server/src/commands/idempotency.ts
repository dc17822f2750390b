import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  timingSafeEqual,
} from "node:crypto";
import { DomainError } from "@serviceflow/domain";

/** A call with an idempotency key, which its client may retry. */
export interface IdempotentCall {
  key: string;
  fingerprint: Uint8Array;
  /** The fingerprints of calls that mean the same. */
  alike?: () => Iterable<Uint8Array>;
  /** The caller's raw API key: it encrypts a stored answer that holds a secret. */
  secretKey: string;
  userUuid: string;
}

/** What was answered to the first call under a key. */
export interface IdempotencyRecord {
  fingerprint: Uint8Array;
  answer: string;
  encrypted: boolean;
}

const BARE = /^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/;
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"$/;

/**
 * The key in an `Idempotency-Key` header: a structured-field string, or bare as most clients send it.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 * @throws DomainError `malformed_request`
 */
export function readIdempotencyKey(header: string | null): string | null {
  if (header === null) return null;
  const value = header.trim();
  const quoted = QUOTED.exec(value);
  if (quoted) return (quoted[1] as string).replace(/\\(["\\])/g, "$1");
  if (BARE.test(value)) return value;
  throw new DomainError(
    "malformed_request",
    "Idempotency-Key must be 1 to 255 visible ASCII characters, bare or in double quotes.",
  );
}

/** What an idempotency key stands for: the procedure and its input, SHA-256. */
export function fingerprintOf(procedure: string, input: unknown): Uint8Array {
  return createHash("sha256").update(procedure).update("\n").update(JSON.stringify(input)).digest();
}

/** An answer as it is stored. One with a secret is encrypted under a key that the server does not store. */
export function storedAnswer(
  call: IdempotentCall,
  answer: unknown,
  secret = false,
  random: (size: number) => Uint8Array,
): { answer: string; encrypted: boolean } {
  const json = JSON.stringify(answer);
  if (!secret) return { answer: json, encrypted: false };
  const iv = random(12);
  const cipher = createCipheriv("aes-256-gcm", encryptionKey(call), iv);
  const parts = [iv, cipher.update(json, "utf8"), cipher.final(), cipher.getAuthTag()];
  return { answer: Buffer.concat(parts).toString("base64"), encrypted: true };
}

/**
 * The answer to the first call under a key.
 * @throws DomainError `idempotency_key_reused`, `secret_not_replayable`
 */
export function readStoredAnswer(call: IdempotentCall, record: IdempotencyRecord): unknown {
  if (!isSameCall(call, record.fingerprint)) {
    throw new DomainError(
      "idempotency_key_reused",
      "This idempotency key was used for a call with another input; use a new one.",
    );
  }
  if (!record.encrypted) return JSON.parse(record.answer);
  const stored = Buffer.from(record.answer, "base64");
  const decipher = createDecipheriv("aes-256-gcm", encryptionKey(call), stored.subarray(0, 12));
  decipher.setAuthTag(stored.subarray(-16));
  try {
    const json =
      decipher.update(stored.subarray(12, -16), undefined, "utf8") + decipher.final("utf8");
    return JSON.parse(json);
  } catch (cause) {
    throw new DomainError(
      "secret_not_replayable",
      "The call was made before, with another API key; only that key can read its answer again.",
      { cause },
    );
  }
}

function isSameCall({ fingerprint, alike }: IdempotentCall, kept: Uint8Array): boolean {
  if (timingSafeEqual(fingerprint, kept)) return true;
  for (const each of alike?.() ?? []) if (timingSafeEqual(each, kept)) return true;
  return false;
}

function encryptionKey(call: IdempotentCall): Uint8Array {
  return new Uint8Array(
    hkdfSync("sha256", call.secretKey, call.key, "serviceflow idempotent answer", 32),
  );
}
