import { crc32 } from "node:zlib";
import type { MaskedKey } from "@serviceflow/domain";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** The prefix of each kind of secret, so that none passes for another. */
const PREFIX = { apiKey: "sf_", session: "sfs_", code: "sfc_" } as const;
type SecretKind = keyof typeof PREFIX;
const REST = /^[0-9A-Za-z]{49}$/;
const BODY_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const SHOWN_PREFIX_LENGTH = 7;

/**
 * An API key from 32 random bytes: `sf_`, 43 letters of base 62, and their CRC-32 in six more. The checksum refuses
 * nonsense without a look-up, and lets a scanner find leaked keys.
 */
export function formatApiKey(random: Uint8Array): string {
  return formatSecret("apiKey", random);
}

/** The secret of a session: as an API key, but it begins with `sfs_`. */
export function formatSessionSecret(random: Uint8Array): string {
  return formatSecret("session", random);
}

/** A one-time code: as an API key, but it begins with `sfc_`. */
export function formatCode(random: Uint8Array): string {
  return formatSecret("code", random);
}

/** Whether a text has the shape of an API key and its checksum fits. */
export function isApiKey(text: string): boolean {
  return isSecret("apiKey", text);
}

/** Whether a text begins as an API key does. */
export function looksLikeApiKey(text: string): boolean {
  return text.startsWith(PREFIX.apiKey);
}

/** Whether a text has the shape of a session's secret and its checksum fits. */
export function isSessionSecret(text: string): boolean {
  return isSecret("session", text);
}

/** Whether a text has the shape of a one-time code and its checksum fits. */
export function isCode(text: string): boolean {
  return isSecret("code", text);
}

function formatSecret(kind: SecretKind, random: Uint8Array): string {
  let number = 0n;
  for (const byte of random.subarray(0, 32)) number = (number << 8n) | BigInt(byte);
  const body = toBase62(number, BODY_LENGTH);
  return `${PREFIX[kind]}${body}${checksum(body)}`;
}

function isSecret(kind: SecretKind, text: string): boolean {
  const prefix = PREFIX[kind];
  if (!text.startsWith(prefix)) return false;
  const rest = text.slice(prefix.length);
  return REST.test(rest) && rest.endsWith(checksum(rest.slice(0, BODY_LENGTH)));
}

export function maskApiKey(key: string): MaskedKey {
  return { prefix: key.slice(0, SHOWN_PREFIX_LENGTH), lastFour: key.slice(-4) };
}

function checksum(body: string): string {
  return toBase62(BigInt(crc32(body)), CHECKSUM_LENGTH);
}

function toBase62(value: bigint, length: number): string {
  let rest = value;
  let letters = "";
  for (let i = 0; i < length; i += 1) {
    letters = BASE62[Number(rest % 62n)] + letters;
    rest /= 62n;
  }
  return letters;
}
