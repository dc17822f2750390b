import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { z } from "zod";
import type { OidcSettings } from "./settings.ts";

/** How long a sign-in at the provider may take, in seconds. */
export const TRANSACTION_SECONDS = 600;

const transaction = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
  /** Milliseconds since 1970. */
  expiresAt: z.number(),
});

/** A sign-in in progress. The browser keeps it, so that any replica can finish it, and strangers fill no table. */
export type Transaction = z.infer<typeof transaction>;

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals sign-ins in progress, so that nobody reads or makes one who does not have the secret. */
export class TransactionSeal {
  readonly #key: Uint8Array;

  constructor({ stateSecret, issuer, clientId }: OidcSettings) {
    const purpose = `serviceflow oidc transaction\n${issuer}\n${clientId}`;
    this.#key = new Uint8Array(hkdfSync("sha256", stateSecret, "", purpose, 32));
  }

  /** @param random 12 bytes */
  seal(content: Transaction, random: Uint8Array): string {
    const cipher = createCipheriv(CIPHER, this.#key, random);
    const text = Buffer.concat([cipher.update(JSON.stringify(content), "utf8"), cipher.final()]);
    return Buffer.concat([random, cipher.getAuthTag(), text]).toString("base64url");
  }

  /** Null for what was not sealed here, and for one that has expired. */
  open(sealed: string, now: Date): Transaction | null {
    const bytes = Buffer.from(sealed, "base64url");
    if (bytes.length <= IV_BYTES + TAG_BYTES) return null;
    const decipher = createDecipheriv(CIPHER, this.#key, bytes.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    try {
      const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, "utf8");
      const content = transaction.parse(JSON.parse(text + decipher.final("utf8")));
      return content.expiresAt > now.getTime() ? content : null;
    } catch {
      return null;
    }
  }
}
